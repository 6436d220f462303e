"""What the agencies of the synthetic city are called, for those who read of them.

They are those of `percorso.city`, which a test compares: nothing of it is imported here.
"""

LOCAL_AGENCY = "c_a182"  # the contract gives it to the local stack, section 2
AGENCIES = {
    LOCAL_AGENCY: "Comune",
    "asl_tanaro": "Azienda sanitaria locale",
    "tpl_tanaro": "Trasporto pubblico locale",
    "entrate_tanaro": "Riscossione dei tributi locali",
    "ambiente_tanaro": "Raccolta dei rifiuti",
    "ips_tanaro": "Istituto di previdenza sociale",
}

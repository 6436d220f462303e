"""The six agencies of the city and their systems, each of which knows people in its own way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agency:
    """A public body; its code looks like one of the index of public administrations."""

    code: str
    name: str
    may_link: bool = False  # say that two identifiers are one person's

    @property
    def prefix(self) -> str:
        """The beginning of all its sources."""
        return f"urn:it:{self.code}:"


@dataclass(frozen=True, slots=True)
class System:
    """One system of an agency, and the scheme by which it knows people.

    A scheme of the agency's own carries its code: `customer:tpl_tanaro`.
    """

    agency: Agency
    name: str
    known_by: str = "cf"
    is_in_utc: bool = False  # how its clock writes times

    @property
    def source(self) -> str:
        """The `source` of its events."""
        return f"{self.agency.prefix}{self.name}"


COMUNE = Agency("c_a182", "Comune", may_link=True)
SALUTE = Agency("asl_tanaro", "Azienda sanitaria locale")
TRASPORTI = Agency("tpl_tanaro", "Trasporto pubblico locale", may_link=True)
ENTRATE = Agency("entrate_tanaro", "Riscossione dei tributi locali")
AMBIENTE = Agency("ambiente_tanaro", "Raccolta dei rifiuti", may_link=True)
PREVIDENZA = Agency("ips_tanaro", "Istituto di previdenza sociale")

AGENCIES = (COMUNE, SALUTE, TRASPORTI, ENTRATE, AMBIENTE, PREVIDENZA)

ANAGRAFE = System(COMUNE, "anagrafe")
ANPR = System(COMUNE, "anpr", known_by="idanpr", is_in_utc=True)
STATO_CIVILE = System(COMUNE, "stato-civile")
PORTALE = System(COMUNE, "portale", known_by="visitor:c_a182", is_in_utc=True)
ACCESSO = System(COMUNE, "accesso", is_in_utc=True)
ISTANZE = System(COMUNE, "istanze", is_in_utc=True)
APP_COMUNE = System(COMUNE, "app", known_by="app:c_a182", is_in_utc=True)
URP = System(COMUNE, "urp", known_by="phone")
POSTA = System(COMUNE, "posta", known_by="email")
PROTOCOLLO = System(COMUNE, "protocollo")
SOCIAL = System(COMUNE, "social", known_by="social")
EDILIZIA = System(COMUNE, "edilizia")
POLIZIA = System(COMUNE, "polizia-locale")
BIBLIOTECA = System(COMUNE, "biblioteca")

CUP = System(SALUTE, "cup", known_by="customer:asl_tanaro")
CUP_TELEFONO = System(SALUTE, "cup-telefono", known_by="phone")
FASCICOLO = System(SALUTE, "fascicolo", is_in_utc=True)
SCELTA_MEDICO = System(SALUTE, "scelta-medico")
PUNTO_NASCITA = System(SALUTE, "punto-nascita")
STRANIERI = System(SALUTE, "stranieri", known_by="cf-provisional")

BIGLIETTERIA = System(TRASPORTI, "biglietteria", known_by="customer:tpl_tanaro")
VALIDATORI = System(TRASPORTI, "validatori", known_by="customer:tpl_tanaro", is_in_utc=True)
APP_TRASPORTI = System(TRASPORTI, "app", known_by="app:tpl_tanaro", is_in_utc=True)

TRIBUTI = System(ENTRATE, "tributi")
PAGAMENTI = System(ENTRATE, "pagamenti", is_in_utc=True)
CONTACT_CENTRE_TRIBUTI = System(ENTRATE, "contact-centre", known_by="phone")

RACCOLTA = System(AMBIENTE, "raccolta", known_by="customer:ambiente_tanaro")
NUMERO_VERDE = System(AMBIENTE, "numero-verde", known_by="phone")
POSTA_AMBIENTE = System(AMBIENTE, "posta", known_by="email")

PRESTAZIONI = System(PREVIDENZA, "prestazioni", is_in_utc=True)
PATRONATI = System(PREVIDENZA, "patronati")
PREVIDENZA_EUROPA = System(PREVIDENZA, "europa", known_by="eidas")

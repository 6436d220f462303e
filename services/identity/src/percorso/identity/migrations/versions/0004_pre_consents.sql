CREATE TABLE consents (
    subject uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    version integer NOT NULL,
    is_given boolean NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT consents_pkey PRIMARY KEY (subject, purpose, channel)
);

-- Every decision, in the order of its version; the last one of each key stands in `consents`.
CREATE TABLE consent_receipts (
    subject uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    version integer NOT NULL,
    receipt_id uuid NOT NULL,
    is_given boolean NOT NULL,
    decided_at timestamptz NOT NULL,
    text_version integer NOT NULL,
    CONSTRAINT consent_receipts_pkey PRIMARY KEY (subject, purpose, channel, version)
);

GRANT SELECT, INSERT, UPDATE ON consents TO percorso_identity;
-- No right to change or delete: a receipt stays what the citizen was given.
GRANT SELECT, INSERT ON consent_receipts TO percorso_identity;

-- Each key wrapped by the master key of this name, which is not in the database.
CREATE TABLE data_keys (
    key_id uuid NOT NULL,
    master_id bytea NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT data_keys_pkey PRIMARY KEY (key_id)
);

-- What a subject said last; without `sealed`: that it has no such address.
CREATE TABLE contacts (
    subject uuid NOT NULL,
    kind text NOT NULL,
    key_id uuid,
    sealed bytea,
    changed_at timestamptz NOT NULL,
    CONSTRAINT contacts_pkey PRIMARY KEY (subject, kind),
    CONSTRAINT contacts_kind_check CHECK (kind IN ('email', 'phone')),
    CONSTRAINT contacts_sealed_check CHECK ((key_id IS NULL) = (sealed IS NULL))
);

GRANT SELECT, INSERT, UPDATE ON data_keys TO percorso_identity;
GRANT SELECT, INSERT, UPDATE ON contacts TO percorso_identity;

-- A client assertion is good once; a row goes when its assertion would be refused as expired.
CREATE TABLE used_assertions (
    service text NOT NULL,
    jti text NOT NULL,
    forgotten_at timestamptz NOT NULL,
    CONSTRAINT used_assertions_pkey PRIMARY KEY (service, jti)
);

GRANT SELECT, INSERT, DELETE ON used_assertions TO percorso_identity;

CREATE TABLE shares (
    agency text NOT NULL,
    service text NOT NULL,
    -- The agency that sees it.
    reader text NOT NULL,
    version integer NOT NULL,
    is_shared boolean NOT NULL,
    CONSTRAINT shares_pkey PRIMARY KEY (reader, agency, service)
);

GRANT SELECT, INSERT, UPDATE ON shares TO percorso_insights;

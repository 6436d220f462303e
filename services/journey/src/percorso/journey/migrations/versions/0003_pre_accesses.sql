CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    -- JSON: pairs of name and base64 value.
    headers bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (id)
);

CREATE TABLE shares (
    agency text NOT NULL,
    service text NOT NULL,
    -- The agency that sees it.
    reader text NOT NULL,
    version integer NOT NULL,
    is_shared boolean NOT NULL,
    CONSTRAINT shares_pkey PRIMARY KEY (reader, agency, service)
);

GRANT SELECT, INSERT, UPDATE ON shares TO percorso_journey;
GRANT SELECT, INSERT, DELETE ON outbox TO percorso_journey;

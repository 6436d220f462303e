-- Of operators: in which role, and whom their agency names so. Null of services.
ALTER TABLE access_log
    ADD COLUMN role text,
    ADD COLUMN operator text;

CREATE TABLE shares (
    agency text NOT NULL,
    service text NOT NULL,
    -- The agency that sees it.
    reader text NOT NULL,
    version integer NOT NULL,
    is_shared boolean NOT NULL,
    CONSTRAINT shares_pkey PRIMARY KEY (reader, agency, service)
);

CREATE INDEX shares_agency_idx ON shares (agency, service, reader);

CREATE TABLE consumer_offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    end_offset bigint NOT NULL,
    end_read_at timestamptz NOT NULL,
    -- Everything that the door received before this instant is applied.
    complete_until timestamptz NOT NULL,
    -- Rows that this partition's events added: an exact count without a scan.
    rows_stored bigint NOT NULL DEFAULT 0,
    CONSTRAINT consumer_offsets_pkey PRIMARY KEY (topic, partition)
);

CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    reason text NOT NULL,
    key bytea,
    value bytea,
    -- JSON: pairs of name and base64 value, as they stood on the record.
    headers bytea NOT NULL,
    -- Of key, value and headers: another record at the same position (a broker that was wiped) is another letter.
    digest bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    CONSTRAINT dead_letters_pkey PRIMARY KEY (id),
    CONSTRAINT dead_letters_position_key UNIQUE (topic, partition, "offset", digest)
);

GRANT SELECT, INSERT, UPDATE ON consumer_offsets, shares TO percorso_identity;
GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO percorso_identity;

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

CREATE TABLE links (
    link_id uuid NOT NULL,
    version integer NOT NULL,
    one_subject uuid NOT NULL,
    one_is_person boolean NOT NULL,
    other_subject uuid NOT NULL,
    other_is_person boolean NOT NULL,
    is_live boolean NOT NULL,
    CONSTRAINT links_pkey PRIMARY KEY (link_id)
);

CREATE INDEX links_one_subject_idx ON links (one_subject) WHERE is_live;
CREATE INDEX links_other_subject_idx ON links (other_subject) WHERE is_live;

-- A function of the live links: with whom a subject is one citizen; one that is alone has no row.
CREATE TABLE linked_subjects (
    subject uuid NOT NULL,
    members uuid[] NOT NULL,
    CONSTRAINT linked_subjects_pkey PRIMARY KEY (subject)
);

CREATE TABLE consents (
    subject uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    version integer NOT NULL,
    is_given boolean NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT consents_pkey PRIMARY KEY (subject, purpose, channel)
);

GRANT SELECT, INSERT, UPDATE ON consumer_offsets, links, consents TO percorso_insights;
GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO percorso_insights;
GRANT SELECT, INSERT, DELETE ON outbox, linked_subjects TO percorso_insights;

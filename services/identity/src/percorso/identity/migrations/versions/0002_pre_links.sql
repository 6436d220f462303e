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

-- Who asserted a link and on what it rests: identity's alone, no fact carries it.
CREATE TABLE link_assertions (
    link_id uuid NOT NULL,
    asserter text NOT NULL,
    proof text NOT NULL,
    reference text NOT NULL,
    asserted_at timestamptz NOT NULL,
    removed_by text,
    removed_at timestamptz,
    CONSTRAINT link_assertions_pkey PRIMARY KEY (link_id),
    CONSTRAINT link_assertions_proof_check CHECK (proof IN ('login', 'agency', 'operator'))
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

GRANT SELECT, INSERT, UPDATE ON links TO percorso_identity;
GRANT SELECT, INSERT, DELETE ON linked_subjects TO percorso_identity;
GRANT SELECT, INSERT, UPDATE ON link_assertions TO percorso_identity;
GRANT SELECT, INSERT, DELETE ON outbox TO percorso_identity;

-- The visitors' codes that a login has taken, for as long as somebody could bring one again: of whom
-- a code is linked with, and of the code itself, these rows say nothing.
CREATE TABLE taken_visitors (
    digest bytea NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT taken_visitors_pkey PRIMARY KEY (digest)
);

CREATE INDEX taken_visitors_ends_at_idx ON taken_visitors (ends_at);

GRANT SELECT, INSERT, DELETE ON taken_visitors TO percorso_portal;

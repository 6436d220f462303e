-- An entry is written in the transaction that gives something away: no entry, nothing given.
CREATE TABLE access_log (
    subject uuid NOT NULL,
    entry_id uuid NOT NULL,
    at timestamptz NOT NULL,
    who text NOT NULL,
    action text NOT NULL,
    purpose text NOT NULL,
    reference text NOT NULL,
    CONSTRAINT access_log_pkey PRIMARY KEY (subject, entry_id)
);

CREATE INDEX access_log_at_idx ON access_log (subject, at DESC, entry_id DESC);

-- No right to change or delete: what happened stays to be seen.
GRANT SELECT, INSERT ON access_log TO percorso_identity;

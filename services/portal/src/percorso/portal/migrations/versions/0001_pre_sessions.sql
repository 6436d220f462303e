-- What a session is for stands in `sealed`, which only the secret in the browser's cookie opens: these
-- rows alone say neither whose a session is nor what it may do.
CREATE TABLE sessions (
    -- Of the cookie's secret, which is nowhere else.
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    used_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (digest)
);

CREATE INDEX sessions_ends_at_idx ON sessions (ends_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO percorso_portal;

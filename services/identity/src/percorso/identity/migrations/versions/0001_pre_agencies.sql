CREATE TABLE agencies
(
    code       text COLLATE "C" NOT NULL,
    links      boolean          NOT NULL,
    created_at timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT agencies_pkey PRIMARY KEY (code),
    CONSTRAINT agencies_code_check CHECK (code ~ '^[a-z0-9_]{2,32}$')
);

CREATE TABLE agency_sources
(
    prefix text COLLATE "C" NOT NULL,
    agency text COLLATE "C" NOT NULL,
    CONSTRAINT agency_sources_pkey PRIMARY KEY (prefix),
    CONSTRAINT agency_sources_agency_fkey FOREIGN KEY (agency) REFERENCES agencies (code),
    CONSTRAINT agency_sources_prefix_check CHECK (prefix ~ '^[!-~]+$' AND char_length(prefix) BETWEEN 3 AND 256)
);

CREATE INDEX agency_sources_agency_idx ON agency_sources (agency);

-- One row: which key this database's subjects were made with. Never the key.
CREATE TABLE subject_key
(
    singleton   boolean     NOT NULL DEFAULT true,
    check_value bytea       NOT NULL,
    kept_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT subject_key_pkey PRIMARY KEY (singleton),
    CONSTRAINT subject_key_singleton_check CHECK (singleton)
);

-- No right to change or delete: what a citizen's subjects hang on stays.
GRANT SELECT, INSERT, UPDATE ON agencies TO percorso_identity;
GRANT SELECT, INSERT ON agency_sources TO percorso_identity;
GRANT SELECT, INSERT ON subject_key TO percorso_identity;

-- Copied into a migration of each service that must know what agencies let each other see.

CREATE TABLE shares (
    agency text NOT NULL,
    service text NOT NULL,
    -- The agency that sees it.
    reader text NOT NULL,
    version integer NOT NULL,
    is_shared boolean NOT NULL,
    CONSTRAINT shares_pkey PRIMARY KEY (reader, agency, service)
);

-- What a provider of identities was asked; nobody is known yet. Digests are of what only the browser has.
CREATE TABLE login_attempts (
    state_digest bytea NOT NULL,
    browser_digest bytea NOT NULL,
    provider text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    level smallint NOT NULL,
    challenge text NOT NULL,
    return_to text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT login_attempts_pkey PRIMARY KEY (state_digest)
);

CREATE INDEX login_attempts_expires_at_idx ON login_attempts (expires_at);

-- Who has logged in, for the minute until the portal comes with the code.
CREATE TABLE login_codes (
    code_digest bytea NOT NULL,
    subject uuid NOT NULL,
    level smallint NOT NULL,
    challenge text NOT NULL,
    return_to text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT login_codes_pkey PRIMARY KEY (code_digest, subject)
);

CREATE INDEX login_codes_expires_at_idx ON login_codes (expires_at);

GRANT SELECT, INSERT, DELETE ON login_attempts, login_codes TO percorso_identity;

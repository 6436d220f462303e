-- Copied into a migration of each service that must know what citizens allow.

CREATE TABLE consents (
    subject uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    version integer NOT NULL,
    is_given boolean NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT consents_pkey PRIMARY KEY (subject, purpose, channel)
);

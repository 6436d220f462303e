-- Copied into a migration of each service that publishes what it decides.

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

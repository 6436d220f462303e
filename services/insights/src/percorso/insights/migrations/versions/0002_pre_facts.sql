-- What insights keeps of each touchpoint. The key is that of a timeline: two events that share an
-- id at different times stand beside each other, whichever came first.
CREATE TABLE facts (
    subject uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    -- The first 128 bits of SHA-256 over source, a zero byte and id.
    event_key uuid NOT NULL,
    received_at timestamptz NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    agency text NOT NULL,
    channel text,
    service text,
    matter text,
    area text,
    -- A JSON object: the payload's own members that rules and metrics ask for, never free text.
    members text NOT NULL,
    CONSTRAINT facts_pkey PRIMARY KEY (subject, occurred_at, sequence, event_key)
);

-- Which facts are hidden, whether they are there or not.
CREATE TABLE withdrawals (
    subject uuid NOT NULL,
    about_key uuid NOT NULL,
    CONSTRAINT withdrawals_pkey PRIMARY KEY (subject, about_key)
);

GRANT SELECT, INSERT ON facts, withdrawals TO percorso_insights;

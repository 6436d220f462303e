CREATE TABLE messages (
    subject uuid NOT NULL,
    -- Made of the suggestion's id: a suggestion has one message, however often it is said.
    message_id uuid NOT NULL,
    purpose text NOT NULL,
    via text NOT NULL,
    received_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    traceparent text,
    -- JSON as insights wrote it.
    suggestion text NOT NULL,
    -- SHA-256 of the code in the message.
    code_digest bytea NOT NULL,
    state text NOT NULL,
    reason text,
    due_at timestamptz NOT NULL,
    -- Attempts begun, and those of them that count towards giving up.
    attempts integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    -- Until then the attempt in hand is its worker's; after it, what became of it is not known.
    lease_until timestamptz,
    -- When it left `waiting` and `sending` for good.
    settled_at timestamptz,
    read_at timestamptz,
    CONSTRAINT messages_pkey PRIMARY KEY (subject, message_id),
    CONSTRAINT messages_state_check CHECK (
        state IN (
            'waiting', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled',
            'expired'
        )
    )
);

CREATE INDEX messages_due_idx ON messages (via, due_at) WHERE state = 'waiting';
CREATE INDEX messages_lease_idx ON messages (via, lease_until) WHERE state = 'sending';
CREATE INDEX messages_unknown_idx ON messages (settled_at) WHERE state = 'unknown';
CREATE INDEX messages_code_idx ON messages (code_digest);

-- One try to send a message, recorded before anything leaves; without outcome while it lasts.
CREATE TABLE attempts (
    subject uuid NOT NULL,
    message_id uuid NOT NULL,
    number integer NOT NULL,
    begun_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text,
    CONSTRAINT attempts_pkey PRIMARY KEY (subject, message_id, number)
);

-- Messages that the citizen needs no more; they may come before the message itself.
CREATE TABLE cancellations (
    subject uuid NOT NULL,
    message_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT cancellations_pkey PRIMARY KEY (subject, message_id)
);

-- Of several subjects of a citizen what was said last counts. Quiet hours without times: none.
CREATE TABLE preferences (
    subject uuid NOT NULL,
    quiet_begin time,
    quiet_end time,
    language text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT preferences_pkey PRIMARY KEY (subject)
);

-- One row: of what the door received before, nothing is sent. A database that is made anew has not
-- forgotten what it sent, it never knew.
CREATE TABLE sending_begins (
    is_only boolean NOT NULL DEFAULT true,
    at timestamptz NOT NULL,
    CONSTRAINT sending_begins_pkey PRIMARY KEY (is_only),
    CONSTRAINT sending_begins_is_only_check CHECK (is_only)
);

INSERT INTO sending_begins (at) VALUES (now());

GRANT SELECT, INSERT, UPDATE ON messages, attempts, preferences TO percorso_notifications;
GRANT SELECT, INSERT ON cancellations TO percorso_notifications;
GRANT SELECT ON sending_begins TO percorso_notifications;

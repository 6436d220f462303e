-- Who is to be decided about: marks are only added and taken away, so that who marks never waits
-- for who decides.
CREATE TABLE to_decide (
    subject uuid NOT NULL,
    mark uuid NOT NULL,
    -- When the door received what makes it necessary.
    since timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    traceparent text,
    CONSTRAINT to_decide_pkey PRIMARY KEY (subject, mark)
);

CREATE INDEX to_decide_due_at_idx ON to_decide (due_at);

-- The sets of rules that decided, by the hash of their files: what a decision is recomputed with.
CREATE TABLE rulesets (
    version text NOT NULL,
    -- JSON: the files' names and texts.
    content text NOT NULL,
    activated_at timestamptz NOT NULL,
    -- Facts received after this instant were looked at again since the set went live.
    reviewed_from timestamptz NOT NULL,
    CONSTRAINT rulesets_pkey PRIMARY KEY (version)
);

-- What was decided, whatever it was: of a citizen, under the first of its subjects.
CREATE TABLE decisions (
    subject uuid NOT NULL,
    -- Sorts by time.
    decision_id uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    ruleset text NOT NULL,
    facts_hash bytea NOT NULL,
    -- JSON: everything it is a function of; of facts, where they stand.
    inputs text NOT NULL,
    -- JSON: what was proposed, what was left out and why.
    outcome text NOT NULL,
    CONSTRAINT decisions_pkey PRIMARY KEY (subject, decision_id)
);

CREATE TABLE suggestions (
    -- That of the event that set it off.
    subject uuid NOT NULL,
    -- A function of the service and that event.
    suggestion_id uuid NOT NULL,
    service text NOT NULL,
    agency text NOT NULL,
    rule text NOT NULL,
    event_key uuid NOT NULL,
    purpose text NOT NULL,
    via text NOT NULL,
    priority integer NOT NULL,
    -- JSON: title and reasons in two languages.
    words text NOT NULL,
    -- The events that the reasons tell of, and whom those are about.
    rests_on uuid[] NOT NULL,
    told_of uuid[] NOT NULL,
    made_at timestamptz NOT NULL,
    send_from timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Where the decision stands that made it.
    decided_for uuid NOT NULL,
    decision_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'open',
    shown_at timestamptz,
    later_until timestamptz,
    closed_at timestamptz,
    -- While its grounds do not hold; whatever its state.
    is_withdrawn boolean NOT NULL DEFAULT false,
    CONSTRAINT suggestions_pkey PRIMARY KEY (subject, suggestion_id),
    CONSTRAINT suggestions_via_check CHECK (via IN ('email', 'inbox')),
    CONSTRAINT suggestions_state_check CHECK (state IN ('open', 'shown', 'later', 'followed', 'dismissed'))
);

-- Facts come nearly in the order of their receipt, so this costs next to nothing; a new set of
-- rules looks again at those of the last weeks.
CREATE INDEX facts_received_at_idx ON facts USING brin (received_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON to_decide TO percorso_insights;
GRANT SELECT, INSERT, UPDATE ON rulesets, suggestions TO percorso_insights;
GRANT SELECT, INSERT ON decisions TO percorso_insights;

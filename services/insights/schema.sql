-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.

CREATE TABLE public.consents (
    subject uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    version integer NOT NULL,
    is_given boolean NOT NULL,
    decided_at timestamp with time zone NOT NULL
);

CREATE TABLE public.consumer_offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    end_offset bigint NOT NULL,
    end_read_at timestamp with time zone NOT NULL,
    complete_until timestamp with time zone NOT NULL,
    rows_stored bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.dead_letters (
    id bigint NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    reason text NOT NULL,
    key bytea,
    value bytea,
    headers bytea NOT NULL,
    digest bytea NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 1 NOT NULL
);

ALTER TABLE public.dead_letters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dead_letters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.decisions (
    subject uuid NOT NULL,
    decision_id uuid NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    ruleset text NOT NULL,
    facts_hash bytea NOT NULL,
    inputs text NOT NULL,
    outcome text NOT NULL
);

CREATE TABLE public.facts (
    subject uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    sequence bigint NOT NULL,
    event_key uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    agency text NOT NULL,
    channel text,
    service text,
    matter text,
    area text,
    members text NOT NULL
);

CREATE TABLE public.linked_subjects (
    subject uuid NOT NULL,
    members uuid[] NOT NULL
);

CREATE TABLE public.links (
    link_id uuid NOT NULL,
    version integer NOT NULL,
    one_subject uuid NOT NULL,
    one_is_person boolean NOT NULL,
    other_subject uuid NOT NULL,
    other_is_person boolean NOT NULL,
    is_live boolean NOT NULL
);

CREATE TABLE public.metric_corrections (
    metric text NOT NULL COLLATE pg_catalog."C",
    minute timestamp with time zone NOT NULL,
    service text NOT NULL COLLATE pg_catalog."C",
    agency text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    area text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL,
    sum bigint NOT NULL
);

CREATE TABLE public.metric_minutes (
    metric text NOT NULL COLLATE pg_catalog."C",
    minute timestamp with time zone NOT NULL,
    service text NOT NULL COLLATE pg_catalog."C",
    agency text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    area text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL,
    sum bigint NOT NULL
);

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    topic text NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    headers bytea NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rulesets (
    version text NOT NULL,
    content text NOT NULL,
    activated_at timestamp with time zone NOT NULL,
    reviewed_from timestamp with time zone NOT NULL
);

CREATE TABLE public.shares (
    agency text NOT NULL,
    service text NOT NULL,
    reader text NOT NULL,
    version integer NOT NULL,
    is_shared boolean NOT NULL
);

CREATE TABLE public.suggestions (
    subject uuid NOT NULL,
    suggestion_id uuid NOT NULL,
    service text NOT NULL,
    agency text NOT NULL,
    rule text NOT NULL,
    event_key uuid NOT NULL,
    purpose text NOT NULL,
    via text NOT NULL,
    priority integer NOT NULL,
    words text NOT NULL,
    rests_on uuid[] NOT NULL,
    told_of uuid[] NOT NULL,
    made_at timestamp with time zone NOT NULL,
    send_from timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    decided_for uuid NOT NULL,
    decision_id uuid NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    shown_at timestamp with time zone,
    later_until timestamp with time zone,
    closed_at timestamp with time zone,
    is_withdrawn boolean DEFAULT false NOT NULL,
    CONSTRAINT suggestions_state_check CHECK ((state = ANY (ARRAY['open'::text, 'shown'::text, 'later'::text, 'followed'::text, 'dismissed'::text]))),
    CONSTRAINT suggestions_via_check CHECK ((via = ANY (ARRAY['email'::text, 'inbox'::text])))
);

CREATE TABLE public.to_decide (
    subject uuid NOT NULL,
    mark uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    traceparent text
);

CREATE TABLE public.withdrawals (
    subject uuid NOT NULL,
    about_key uuid NOT NULL
);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (subject, purpose, channel);

ALTER TABLE ONLY public.consumer_offsets
    ADD CONSTRAINT consumer_offsets_pkey PRIMARY KEY (topic, partition);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_position_key UNIQUE (topic, partition, "offset", digest);

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (subject, decision_id);

ALTER TABLE ONLY public.facts
    ADD CONSTRAINT facts_pkey PRIMARY KEY (subject, occurred_at, sequence, event_key);

ALTER TABLE ONLY public.linked_subjects
    ADD CONSTRAINT linked_subjects_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (link_id);

ALTER TABLE ONLY public.metric_corrections
    ADD CONSTRAINT metric_corrections_pkey PRIMARY KEY (metric, minute, service, agency, channel, area, bucket);

ALTER TABLE ONLY public.metric_minutes
    ADD CONSTRAINT metric_minutes_pkey PRIMARY KEY (metric, minute, service, agency, channel, area, bucket);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rulesets
    ADD CONSTRAINT rulesets_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.shares
    ADD CONSTRAINT shares_pkey PRIMARY KEY (reader, agency, service);

ALTER TABLE ONLY public.suggestions
    ADD CONSTRAINT suggestions_pkey PRIMARY KEY (subject, suggestion_id);

ALTER TABLE ONLY public.to_decide
    ADD CONSTRAINT to_decide_pkey PRIMARY KEY (subject, mark);

ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT withdrawals_pkey PRIMARY KEY (subject, about_key);

CREATE INDEX facts_matter_idx ON public.facts USING btree (subject, agency, matter) WHERE (matter IS NOT NULL);

CREATE INDEX facts_received_at_idx ON public.facts USING brin (received_at);

CREATE INDEX links_one_subject_idx ON public.links USING btree (one_subject) WHERE is_live;

CREATE INDEX links_other_subject_idx ON public.links USING btree (other_subject) WHERE is_live;

CREATE INDEX to_decide_due_at_idx ON public.to_decide USING btree (due_at);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consents TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consumer_offsets TO percorso_insights;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO percorso_insights;

GRANT SELECT,INSERT ON TABLE public.decisions TO percorso_insights;

GRANT SELECT,INSERT ON TABLE public.facts TO percorso_insights;

GRANT SELECT,INSERT,DELETE ON TABLE public.linked_subjects TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.links TO percorso_insights;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.metric_corrections TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.metric_minutes TO percorso_insights;

GRANT SELECT,INSERT,DELETE ON TABLE public.outbox TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.rulesets TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.shares TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.suggestions TO percorso_insights;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.to_decide TO percorso_insights;

GRANT SELECT,INSERT ON TABLE public.withdrawals TO percorso_insights;

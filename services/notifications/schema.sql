-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.

CREATE TABLE public.attempts (
    subject uuid NOT NULL,
    message_id uuid NOT NULL,
    number integer NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    outcome text
);

CREATE TABLE public.cancellations (
    subject uuid NOT NULL,
    message_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL
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

CREATE TABLE public.messages (
    subject uuid NOT NULL,
    message_id uuid NOT NULL,
    purpose text NOT NULL,
    via text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    traceparent text,
    suggestion text NOT NULL,
    code_digest bytea NOT NULL,
    state text NOT NULL,
    reason text,
    due_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    attempted_at timestamp with time zone,
    lease_until timestamp with time zone,
    settled_at timestamp with time zone,
    read_at timestamp with time zone,
    told_of uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    CONSTRAINT messages_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'sent'::text, 'delivered'::text, 'read'::text, 'failed'::text, 'unknown'::text, 'cancelled'::text, 'expired'::text])))
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

CREATE TABLE public.preferences (
    subject uuid NOT NULL,
    quiet_begin time without time zone,
    quiet_end time without time zone,
    language text NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

CREATE TABLE public.sending_begins (
    is_only boolean DEFAULT true NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT sending_begins_is_only_check CHECK (is_only)
);

ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (subject, message_id, number);

ALTER TABLE ONLY public.cancellations
    ADD CONSTRAINT cancellations_pkey PRIMARY KEY (subject, message_id);

ALTER TABLE ONLY public.consumer_offsets
    ADD CONSTRAINT consumer_offsets_pkey PRIMARY KEY (topic, partition);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_position_key UNIQUE (topic, partition, "offset", digest);

ALTER TABLE ONLY public.linked_subjects
    ADD CONSTRAINT linked_subjects_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (link_id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (subject, message_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.preferences
    ADD CONSTRAINT preferences_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.sending_begins
    ADD CONSTRAINT sending_begins_pkey PRIMARY KEY (is_only);

CREATE INDEX links_one_subject_idx ON public.links USING btree (one_subject) WHERE is_live;

CREATE INDEX links_other_subject_idx ON public.links USING btree (other_subject) WHERE is_live;

CREATE INDEX messages_code_idx ON public.messages USING btree (code_digest);

CREATE INDEX messages_due_idx ON public.messages USING btree (via, due_at) WHERE (state = 'waiting'::text);

CREATE INDEX messages_lease_idx ON public.messages USING btree (via, lease_until) WHERE (state = 'sending'::text);

CREATE INDEX messages_unknown_idx ON public.messages USING btree (settled_at) WHERE (state = 'unknown'::text);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_notifications;

GRANT SELECT,INSERT,UPDATE ON TABLE public.attempts TO percorso_notifications;

GRANT SELECT,INSERT ON TABLE public.cancellations TO percorso_notifications;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consumer_offsets TO percorso_notifications;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO percorso_notifications;

GRANT SELECT,INSERT,DELETE ON TABLE public.linked_subjects TO percorso_notifications;

GRANT SELECT,INSERT,UPDATE ON TABLE public.links TO percorso_notifications;

GRANT SELECT,INSERT,UPDATE ON TABLE public.messages TO percorso_notifications;

GRANT SELECT,INSERT,DELETE ON TABLE public.outbox TO percorso_notifications;

GRANT SELECT,INSERT,UPDATE ON TABLE public.preferences TO percorso_notifications;

GRANT SELECT ON TABLE public.sending_begins TO percorso_notifications;

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

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (subject, purpose, channel);

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

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

CREATE INDEX links_one_subject_idx ON public.links USING btree (one_subject) WHERE is_live;

CREATE INDEX links_other_subject_idx ON public.links USING btree (other_subject) WHERE is_live;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consents TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consumer_offsets TO percorso_insights;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO percorso_insights;

GRANT SELECT,INSERT,DELETE ON TABLE public.linked_subjects TO percorso_insights;

GRANT SELECT,INSERT,UPDATE ON TABLE public.links TO percorso_insights;

GRANT SELECT,INSERT,DELETE ON TABLE public.outbox TO percorso_insights;

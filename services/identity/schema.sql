-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.

CREATE TABLE public.access_log (
    subject uuid NOT NULL,
    entry_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    who text NOT NULL,
    action text NOT NULL,
    purpose text NOT NULL,
    reference text NOT NULL,
    role text,
    operator text
);

CREATE TABLE public.agencies (
    code text NOT NULL COLLATE pg_catalog."C",
    links boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT agencies_code_check CHECK ((code ~ '^[a-z0-9_]{2,32}$'::text))
);

CREATE TABLE public.agency_sources (
    prefix text NOT NULL COLLATE pg_catalog."C",
    agency text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT agency_sources_prefix_check CHECK (((prefix ~ '^[!-~]+$'::text) AND ((char_length(prefix) >= 3) AND (char_length(prefix) <= 256))))
);

CREATE TABLE public.consent_receipts (
    subject uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    version integer NOT NULL,
    receipt_id uuid NOT NULL,
    is_given boolean NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    text_version integer NOT NULL
);

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

CREATE TABLE public.contacts (
    subject uuid NOT NULL,
    kind text NOT NULL,
    key_id uuid,
    sealed bytea,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT contacts_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'phone'::text]))),
    CONSTRAINT contacts_sealed_check CHECK (((key_id IS NULL) = (sealed IS NULL)))
);

CREATE TABLE public.data_keys (
    key_id uuid NOT NULL,
    master_id bytea NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamp with time zone NOT NULL
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

CREATE TABLE public.link_assertions (
    link_id uuid NOT NULL,
    asserter text NOT NULL,
    proof text NOT NULL,
    reference text NOT NULL,
    asserted_at timestamp with time zone NOT NULL,
    removed_by text,
    removed_at timestamp with time zone,
    CONSTRAINT link_assertions_proof_check CHECK ((proof = ANY (ARRAY['login'::text, 'agency'::text, 'operator'::text])))
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

CREATE TABLE public.login_attempts (
    state_digest bytea NOT NULL,
    browser_digest bytea NOT NULL,
    provider text NOT NULL,
    nonce text NOT NULL,
    verifier text NOT NULL,
    level smallint NOT NULL,
    challenge text NOT NULL,
    return_to text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.login_codes (
    code_digest bytea NOT NULL,
    subject uuid NOT NULL,
    level smallint NOT NULL,
    challenge text NOT NULL,
    return_to text NOT NULL,
    expires_at timestamp with time zone NOT NULL
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

CREATE TABLE public.shares (
    agency text NOT NULL,
    service text NOT NULL,
    reader text NOT NULL,
    version integer NOT NULL,
    is_shared boolean NOT NULL
);

CREATE TABLE public.subject_key (
    singleton boolean DEFAULT true NOT NULL,
    check_value bytea NOT NULL,
    kept_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT subject_key_singleton_check CHECK (singleton)
);

CREATE TABLE public.used_assertions (
    service text NOT NULL,
    jti text NOT NULL,
    forgotten_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.access_log
    ADD CONSTRAINT access_log_pkey PRIMARY KEY (subject, entry_id);

ALTER TABLE ONLY public.agencies
    ADD CONSTRAINT agencies_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.agency_sources
    ADD CONSTRAINT agency_sources_pkey PRIMARY KEY (prefix);

ALTER TABLE ONLY public.consent_receipts
    ADD CONSTRAINT consent_receipts_pkey PRIMARY KEY (subject, purpose, channel, version);

ALTER TABLE ONLY public.consents
    ADD CONSTRAINT consents_pkey PRIMARY KEY (subject, purpose, channel);

ALTER TABLE ONLY public.consumer_offsets
    ADD CONSTRAINT consumer_offsets_pkey PRIMARY KEY (topic, partition);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (subject, kind);

ALTER TABLE ONLY public.data_keys
    ADD CONSTRAINT data_keys_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_position_key UNIQUE (topic, partition, "offset", digest);

ALTER TABLE ONLY public.link_assertions
    ADD CONSTRAINT link_assertions_pkey PRIMARY KEY (link_id);

ALTER TABLE ONLY public.linked_subjects
    ADD CONSTRAINT linked_subjects_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (link_id);

ALTER TABLE ONLY public.login_attempts
    ADD CONSTRAINT login_attempts_pkey PRIMARY KEY (state_digest);

ALTER TABLE ONLY public.login_codes
    ADD CONSTRAINT login_codes_pkey PRIMARY KEY (code_digest, subject);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.shares
    ADD CONSTRAINT shares_pkey PRIMARY KEY (reader, agency, service);

ALTER TABLE ONLY public.subject_key
    ADD CONSTRAINT subject_key_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.used_assertions
    ADD CONSTRAINT used_assertions_pkey PRIMARY KEY (service, jti);

CREATE INDEX access_log_at_idx ON public.access_log USING btree (subject, at DESC, entry_id DESC);

CREATE INDEX agency_sources_agency_idx ON public.agency_sources USING btree (agency);

CREATE INDEX links_one_subject_idx ON public.links USING btree (one_subject) WHERE is_live;

CREATE INDEX links_other_subject_idx ON public.links USING btree (other_subject) WHERE is_live;

CREATE INDEX login_attempts_expires_at_idx ON public.login_attempts USING btree (expires_at);

CREATE INDEX login_codes_expires_at_idx ON public.login_codes USING btree (expires_at);

CREATE INDEX shares_agency_idx ON public.shares USING btree (agency, service, reader);

ALTER TABLE ONLY public.agency_sources
    ADD CONSTRAINT agency_sources_agency_fkey FOREIGN KEY (agency) REFERENCES public.agencies(code);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_identity;

GRANT SELECT,INSERT ON TABLE public.access_log TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.agencies TO percorso_identity;

GRANT SELECT,INSERT ON TABLE public.agency_sources TO percorso_identity;

GRANT SELECT,INSERT ON TABLE public.consent_receipts TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consents TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consumer_offsets TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.contacts TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.data_keys TO percorso_identity;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.link_assertions TO percorso_identity;

GRANT SELECT,INSERT,DELETE ON TABLE public.linked_subjects TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.links TO percorso_identity;

GRANT SELECT,INSERT,DELETE ON TABLE public.login_attempts TO percorso_identity;

GRANT SELECT,INSERT,DELETE ON TABLE public.login_codes TO percorso_identity;

GRANT SELECT,INSERT,DELETE ON TABLE public.outbox TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.shares TO percorso_identity;

GRANT SELECT,INSERT ON TABLE public.subject_key TO percorso_identity;

GRANT SELECT,INSERT,DELETE ON TABLE public.used_assertions TO percorso_identity;

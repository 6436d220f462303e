-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.

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

CREATE TABLE public.subject_key (
    singleton boolean DEFAULT true NOT NULL,
    check_value bytea NOT NULL,
    kept_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT subject_key_singleton_check CHECK (singleton)
);

ALTER TABLE ONLY public.agencies
    ADD CONSTRAINT agencies_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.agency_sources
    ADD CONSTRAINT agency_sources_pkey PRIMARY KEY (prefix);

ALTER TABLE ONLY public.subject_key
    ADD CONSTRAINT subject_key_pkey PRIMARY KEY (singleton);

CREATE INDEX agency_sources_agency_idx ON public.agency_sources USING btree (agency);

ALTER TABLE ONLY public.agency_sources
    ADD CONSTRAINT agency_sources_agency_fkey FOREIGN KEY (agency) REFERENCES public.agencies(code);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_identity;

GRANT SELECT,INSERT,UPDATE ON TABLE public.agencies TO percorso_identity;

GRANT SELECT,INSERT ON TABLE public.agency_sources TO percorso_identity;

GRANT SELECT,INSERT ON TABLE public.subject_key TO percorso_identity;

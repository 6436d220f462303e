-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.

CREATE TABLE public.sessions (
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    used_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL
);

CREATE TABLE public.taken_visitors (
    digest bytea NOT NULL,
    ends_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (digest);

ALTER TABLE ONLY public.taken_visitors
    ADD CONSTRAINT taken_visitors_pkey PRIMARY KEY (digest);

CREATE INDEX sessions_ends_at_idx ON public.sessions USING btree (ends_at);

CREATE INDEX taken_visitors_ends_at_idx ON public.taken_visitors USING btree (ends_at);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_portal;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO percorso_portal;

GRANT SELECT,INSERT,DELETE ON TABLE public.taken_visitors TO percorso_portal;

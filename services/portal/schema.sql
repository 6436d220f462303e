-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.

CREATE TABLE public.sessions (
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    used_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (digest);

CREATE INDEX sessions_ends_at_idx ON public.sessions USING btree (ends_at);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_portal;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO percorso_portal;

-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.

CREATE FUNCTION public.make_touchpoint_partition(name text, lower_bound timestamp with time zone, upper_bound timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE touchpoints INCLUDING ALL)', name);
    EXECUTE format(
        'ALTER TABLE touchpoints ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, lower_bound, upper_bound
    );
END
$$;

CREATE FUNCTION public.make_touchpoint_partitions(at timestamp with time zone) RETURNS TABLE(lower_bound timestamp with time zone, upper_bound timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE
    this_year integer := extract(year FROM at);
    month_begin timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_touchpoint_partitions'));
    lower_bound := make_timestamptz(this_year - 30, 1, 1, 0, 0, 0);
    upper_bound := date_trunc('month', at) + interval '3 months';
    FOR year IN this_year - 30 .. this_year - 4 LOOP
        IF to_regclass(format('touchpoints_%s', year)) IS NULL
           AND to_regclass(format('touchpoints_%s_01', year)) IS NULL THEN
            PERFORM make_touchpoint_partition(
                format('touchpoints_%s', year),
                make_timestamptz(year, 1, 1, 0, 0, 0), make_timestamptz(year + 1, 1, 1, 0, 0, 0)
            );
        END IF;
    END LOOP;
    month_begin := make_timestamptz(this_year - 3, 1, 1, 0, 0, 0);
    WHILE month_begin < upper_bound LOOP
        IF to_regclass(to_char(month_begin, '"touchpoints_"YYYY_MM')) IS NULL THEN
            PERFORM make_touchpoint_partition(
                to_char(month_begin, '"touchpoints_"YYYY_MM'),
                month_begin, month_begin + interval '1 month'
            );
        END IF;
        month_begin := month_begin + interval '1 month';
    END LOOP;
    RETURN NEXT;
END
$$;

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

CREATE TABLE public.shares (
    agency text NOT NULL,
    service text NOT NULL,
    reader text NOT NULL,
    version integer NOT NULL,
    is_shared boolean NOT NULL
);

CREATE TABLE public.touchpoints (
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
    outcome text,
    trace_id uuid,
    touchpoint text NOT NULL
)
PARTITION BY RANGE (occurred_at);

CREATE TABLE public.withdrawals (
    subject uuid NOT NULL,
    about_key uuid NOT NULL,
    event_key uuid NOT NULL,
    received_at timestamp with time zone NOT NULL
);

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

ALTER TABLE ONLY public.shares
    ADD CONSTRAINT shares_pkey PRIMARY KEY (reader, agency, service);

ALTER TABLE ONLY public.touchpoints
    ADD CONSTRAINT touchpoints_pkey PRIMARY KEY (subject, occurred_at, sequence, event_key);

ALTER TABLE ONLY public.withdrawals
    ADD CONSTRAINT withdrawals_pkey PRIMARY KEY (subject, about_key, event_key);

CREATE INDEX links_one_subject_idx ON public.links USING btree (one_subject) WHERE is_live;

CREATE INDEX links_other_subject_idx ON public.links USING btree (other_subject) WHERE is_live;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO percorso_journey;

REVOKE ALL ON FUNCTION public.make_touchpoint_partition(name text, lower_bound timestamp with time zone, upper_bound timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.make_touchpoint_partitions(at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.make_touchpoint_partitions(at timestamp with time zone) TO percorso_journey;

GRANT SELECT,INSERT,UPDATE ON TABLE public.consumer_offsets TO percorso_journey;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dead_letters TO percorso_journey;

GRANT SELECT,INSERT,DELETE ON TABLE public.linked_subjects TO percorso_journey;

GRANT SELECT,INSERT,UPDATE ON TABLE public.links TO percorso_journey;

GRANT SELECT,INSERT,DELETE ON TABLE public.outbox TO percorso_journey;

GRANT SELECT,INSERT,UPDATE ON TABLE public.shares TO percorso_journey;

GRANT SELECT,INSERT ON TABLE public.touchpoints TO percorso_journey;

GRANT SELECT,INSERT ON TABLE public.withdrawals TO percorso_journey;

CREATE TABLE touchpoints (
    subject uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    sequence bigint NOT NULL,
    -- The first 128 bits of SHA-256 over source, a zero byte and id.
    event_key uuid NOT NULL,
    received_at timestamptz NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    agency text NOT NULL,
    channel text,
    service text,
    matter text,
    outcome text,
    trace_id uuid,
    -- JSON as the agency sent it, byte for byte.
    touchpoint text NOT NULL,
    CONSTRAINT touchpoints_pkey PRIMARY KEY (subject, occurred_at, sequence, event_key)
) PARTITION BY RANGE (occurred_at);

CREATE TABLE withdrawals (
    subject uuid NOT NULL,
    about_key uuid NOT NULL,
    event_key uuid NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT withdrawals_pkey PRIMARY KEY (subject, about_key, event_key)
);

CREATE TABLE consumer_offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    end_offset bigint NOT NULL,
    end_read_at timestamptz NOT NULL,
    -- Everything that the door received before this instant is applied.
    complete_until timestamptz NOT NULL,
    -- Rows that this partition's events added: an exact count without a scan.
    rows_stored bigint NOT NULL DEFAULT 0,
    CONSTRAINT consumer_offsets_pkey PRIMARY KEY (topic, partition)
);

CREATE TABLE dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    reason text NOT NULL,
    key bytea,
    value bytea,
    -- JSON: pairs of name and base64 value, as they stood on the record.
    headers bytea NOT NULL,
    -- Of key, value and headers: another record at the same position (a broker that was wiped) is another letter.
    digest bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    CONSTRAINT dead_letters_pkey PRIMARY KEY (id),
    CONSTRAINT dead_letters_position_key UNIQUE (topic, partition, "offset", digest)
);

-- Makes one partition without blocking the table: it is built apart and then attached.
CREATE FUNCTION make_touchpoint_partition(name text, lower_bound timestamptz, upper_bound timestamptz)
RETURNS void
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

-- Makes what is missing: a year each from 30 years ago, a month each from three years ago until
-- two months ahead. Runs with the owner's rights, since the application owns nothing.
CREATE FUNCTION make_touchpoint_partitions(at timestamptz)
RETURNS TABLE (lower_bound timestamptz, upper_bound timestamptz)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
SET timezone = 'UTC'
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

REVOKE ALL ON FUNCTION make_touchpoint_partition(text, timestamptz, timestamptz) FROM public;
REVOKE ALL ON FUNCTION make_touchpoint_partitions(timestamptz) FROM public;

SELECT make_touchpoint_partitions(now());

GRANT EXECUTE ON FUNCTION make_touchpoint_partitions(timestamptz) TO percorso_journey;
GRANT SELECT, INSERT ON touchpoints, withdrawals TO percorso_journey;
GRANT SELECT, INSERT, UPDATE ON consumer_offsets TO percorso_journey;
GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO percorso_journey;

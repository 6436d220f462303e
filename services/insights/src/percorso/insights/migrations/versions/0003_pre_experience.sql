-- Metrics by the minute. No row is about a citizen. Collation "C" sorts as Python does: whoever adds
-- to several rows takes them in the order of the key, so that no two wait for each other in a circle.
CREATE TABLE metric_minutes (
    metric text COLLATE "C" NOT NULL,
    minute timestamptz NOT NULL,
    -- '' where a fact names none.
    service text COLLATE "C" NOT NULL,
    agency text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    area text COLLATE "C" NOT NULL,
    -- Of a duration the milliseconds at which its bucket begins, of a rating itself, of a count its part.
    bucket text COLLATE "C" NOT NULL,
    -- A row whose facts were all withdrawn stays, with zeros.
    count bigint NOT NULL,
    -- In the metric's unit, whole numbers.
    sum bigint NOT NULL,
    CONSTRAINT metric_minutes_pkey PRIMARY KEY (metric, minute, service, agency, channel, area, bucket)
);

-- What a rebuild found to be added to the rows above; empty between rebuilds.
CREATE TABLE metric_corrections (
    metric text COLLATE "C" NOT NULL,
    minute timestamptz NOT NULL,
    service text COLLATE "C" NOT NULL,
    agency text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    area text COLLATE "C" NOT NULL,
    bucket text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    sum bigint NOT NULL,
    CONSTRAINT metric_corrections_pkey PRIMARY KEY (metric, minute, service, agency, channel, area, bucket)
);

CREATE INDEX facts_matter_idx ON facts (subject, agency, matter) WHERE matter IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON metric_minutes TO percorso_insights;
GRANT SELECT, INSERT, UPDATE, DELETE ON metric_corrections TO percorso_insights;

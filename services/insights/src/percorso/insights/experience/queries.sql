-- facts_of_matters --
-- The facts of some matters that count, of some types.
SELECT f.subject, f.occurred_at, f.sequence, f.event_key, f.received_at, f.source, f.id, f.type,
       f.agency, f.channel, f.service, f.matter, f.area, f.members
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS wanted (subject, agency, matter)
JOIN facts AS f USING (subject, agency, matter)
WHERE f.type = ANY ($4::text[])
  AND NOT EXISTS (
      SELECT FROM withdrawals AS w
      WHERE w.subject = f.subject
        AND w.about_key = f.event_key
  );

-- add_to_minutes --
-- Add to counts and sums, in the order given: that of the key, so that writers never deadlock.
INSERT INTO metric_minutes AS stored (
    metric, minute, service, agency, channel, area, bucket, count, sum
)
SELECT *
FROM unnest(
    $1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[]
)
ON CONFLICT ON CONSTRAINT metric_minutes_pkey DO UPDATE
SET count = stored.count + excluded.count,
    sum = stored.sum + excluded.sum;

-- windows --
-- Counts and sums of a metric by window and bucket; $2 holds where each window begins, and the end.
SELECT width_bucket(m.minute, $2::timestamptz[]) AS number, m.bucket,
       sum(m.count)::bigint AS count, sum(m.sum)::bigint AS sum
FROM metric_minutes AS m
WHERE m.metric = $1
  AND m.minute >= $3
  AND m.minute < $4
  AND ($5::text IS NULL OR m.service = $5)
  AND ($6::text IS NULL OR m.agency = $6)
  AND ($7::text IS NULL OR m.channel = $7)
  AND ($8::text IS NULL OR m.area = $8)
GROUP BY number, m.bucket
HAVING sum(m.count) <> 0;

-- facts_in_order --
-- Every fact that counts, those of a citizen together, whatever the order of their arrival.
SELECT f.subject, f.occurred_at, f.sequence, f.event_key, f.received_at, f.source, f.id, f.type,
       f.agency, f.channel, f.service, f.matter, f.area, f.members
FROM facts AS f
WHERE NOT EXISTS (
    SELECT FROM withdrawals AS w
    WHERE w.subject = f.subject
      AND w.about_key = f.event_key
)
ORDER BY f.subject;

-- happenings --
-- What became of every suggestion.
SELECT 'made' AS kind, service, agency, via, made_at AS at
FROM suggestions
UNION ALL
SELECT 'shown', service, agency, via, shown_at
FROM suggestions
WHERE shown_at IS NOT NULL
UNION ALL
SELECT state, service, agency, via, closed_at
FROM suggestions
WHERE state IN ('followed', 'dismissed');

-- minutes_in_order --
-- Every row of metrics, in the order of the key.
SELECT metric, minute, service, agency, channel, area, bucket, count, sum
FROM metric_minutes
WHERE count <> 0 OR sum <> 0
ORDER BY metric, minute, service, agency, channel, area, bucket;

-- take_turn --
-- Let one rebuild at a time through, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('percorso.insights.rebuild-metrics'));

-- allow_waiting --
-- Let this transaction be idle while its other half works.
SELECT set_config('idle_in_transaction_session_timeout', '0', true);

-- add_to_corrections --
-- Add to what is to be added to metrics.
INSERT INTO metric_corrections AS stored (
    metric, minute, service, agency, channel, area, bucket, count, sum
)
SELECT *
FROM unnest(
    $1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[]
)
ON CONFLICT ON CONSTRAINT metric_corrections_pkey DO UPDATE
SET count = stored.count + excluded.count,
    sum = stored.sum + excluded.sum;

-- corrections_in_order --
-- Everything that is to be added, in the order of the key.
SELECT metric, minute, service, agency, channel, area, bucket, count, sum
FROM metric_corrections
WHERE count <> 0 OR sum <> 0
ORDER BY metric, minute, service, agency, channel, area, bucket;

-- apply_corrections --
-- Add all of it at once, in the order of the key; tell how many rows changed.
INSERT INTO metric_minutes AS stored (
    metric, minute, service, agency, channel, area, bucket, count, sum
)
SELECT metric, minute, service, agency, channel, area, bucket, count, sum
FROM metric_corrections
WHERE count <> 0 OR sum <> 0
ORDER BY metric, minute, service, agency, channel, area, bucket
ON CONFLICT ON CONSTRAINT metric_minutes_pkey DO UPDATE
SET count = stored.count + excluded.count,
    sum = stored.sum + excluded.sum;

-- clear_corrections --
-- Leave nothing to be added.
DELETE FROM metric_corrections;

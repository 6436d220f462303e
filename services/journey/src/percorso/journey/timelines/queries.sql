-- record_touchpoints --
-- Add touchpoints to their timelines; those already there are left alone and not returned.
INSERT INTO touchpoints (
    subject, occurred_at, sequence, event_key, received_at, source, id, type, agency,
    channel, service, matter, outcome, trace_id, touchpoint
)
SELECT *
FROM unnest(
    $1::uuid[], $2::timestamptz[], $3::bigint[], $4::uuid[], $5::timestamptz[],
    $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[], $15::text[]
)
ON CONFLICT DO NOTHING
RETURNING event_key;

-- present_touchpoints --
-- Which of these places are taken.
SELECT wanted.ordinal
FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::uuid[])
     WITH ORDINALITY AS wanted (subject, occurred_at, sequence, event_key, ordinal)
JOIN touchpoints USING (subject, occurred_at, sequence, event_key);

-- differing_touchpoints --
-- Which of these touchpoints stand in their timelines with other bytes, and with which.
SELECT again.ordinal, first.type, first.touchpoint
FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::uuid[], $5::text[], $6::text[])
     WITH ORDINALITY AS again (subject, occurred_at, sequence, event_key, type, touchpoint, ordinal)
JOIN touchpoints AS first USING (subject, occurred_at, sequence, event_key)
WHERE (first.type, first.touchpoint) IS DISTINCT FROM (again.type, again.touchpoint);

-- record_withdrawals --
-- Note which touchpoints are hidden, whether they arrived already or not.
INSERT INTO withdrawals (subject, about_key, event_key, received_at)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
ON CONFLICT DO NOTHING;

-- page_descending --
-- A page of one subject's timeline, newest first, before a place in it.
SELECT t.occurred_at, t.sequence, t.event_key, t.received_at, t.source, t.id, t.type, t.agency,
       t.channel, t.service, t.matter, t.outcome, t.trace_id, t.touchpoint
FROM touchpoints AS t
WHERE t.subject = $1
  AND t.occurred_at >= $2
  AND t.occurred_at < $3
  AND t.occurred_at <= $11
  AND (t.occurred_at, t.sequence, t.event_key) < ($11, $12, $13)
  AND ($4::text IS NULL OR t.service = $4)
  AND ($5::text IS NULL OR t.channel = $5)
  AND ($6::text IS NULL OR t.type = $6)
  AND ($7::text IS NULL OR t.agency = $7)
  AND ($8::text IS NULL OR t.matter = $8)
  AND ($9::timestamptz IS NULL OR t.received_at <= $9)
  AND (
      $10::text IS NULL
      OR t.agency = $10
      OR EXISTS (
          SELECT FROM shares AS s
          WHERE s.reader = $10
            AND s.agency = t.agency
            AND s.service = t.service
            AND s.is_shared
      )
  )
  AND NOT EXISTS (
      SELECT FROM withdrawals AS w
      WHERE w.subject = t.subject
        AND w.about_key = t.event_key
        AND ($9::timestamptz IS NULL OR w.received_at <= $9)
  )
ORDER BY t.occurred_at DESC, t.sequence DESC, t.event_key DESC
LIMIT $14;

-- page_ascending --
-- A page of one subject's timeline, oldest first, after a place in it.
SELECT t.occurred_at, t.sequence, t.event_key, t.received_at, t.source, t.id, t.type, t.agency,
       t.channel, t.service, t.matter, t.outcome, t.trace_id, t.touchpoint
FROM touchpoints AS t
WHERE t.subject = $1
  AND t.occurred_at >= $2
  AND t.occurred_at < $3
  AND t.occurred_at >= $11
  AND (t.occurred_at, t.sequence, t.event_key) > ($11, $12, $13)
  AND ($4::text IS NULL OR t.service = $4)
  AND ($5::text IS NULL OR t.channel = $5)
  AND ($6::text IS NULL OR t.type = $6)
  AND ($7::text IS NULL OR t.agency = $7)
  AND ($8::text IS NULL OR t.matter = $8)
  AND ($9::timestamptz IS NULL OR t.received_at <= $9)
  AND (
      $10::text IS NULL
      OR t.agency = $10
      OR EXISTS (
          SELECT FROM shares AS s
          WHERE s.reader = $10
            AND s.agency = t.agency
            AND s.service = t.service
            AND s.is_shared
      )
  )
  AND NOT EXISTS (
      SELECT FROM withdrawals AS w
      WHERE w.subject = t.subject
        AND w.about_key = t.event_key
        AND ($9::timestamptz IS NULL OR w.received_at <= $9)
  )
ORDER BY t.occurred_at, t.sequence, t.event_key
LIMIT $14;

-- one_touchpoint --
-- One touchpoint by its place, unless it is withdrawn.
SELECT t.occurred_at, t.sequence, t.event_key, t.received_at, t.source, t.id, t.type, t.agency,
       t.channel, t.service, t.matter, t.outcome, t.trace_id, t.touchpoint
FROM touchpoints AS t
WHERE t.subject = $1
  AND t.occurred_at = $2
  AND t.sequence = $3
  AND t.event_key = $4
  AND NOT EXISTS (
      SELECT FROM withdrawals AS w
      WHERE w.subject = t.subject
        AND w.about_key = t.event_key
  );

-- announce --
-- Tell whoever listens, when the transaction commits.
SELECT pg_notify($1, $2);

-- make_partitions --
-- Make the partitions that the retention and the next months need; say which times they hold.
SELECT lower_bound, upper_bound
FROM make_touchpoint_partitions($1);

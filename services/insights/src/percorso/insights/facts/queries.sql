-- record_facts --
-- Add facts; those already there are left alone and not returned. Tell which were withdrawn before.
INSERT INTO facts (
    subject, occurred_at, sequence, event_key, received_at, source, id, type, agency,
    channel, service, matter, area, members
)
SELECT *
FROM unnest(
    $1::uuid[], $2::timestamptz[], $3::bigint[], $4::uuid[], $5::timestamptz[],
    $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::text[]
)
ON CONFLICT DO NOTHING
RETURNING subject, occurred_at, sequence, event_key, EXISTS (
    SELECT
    FROM withdrawals
    WHERE withdrawals.subject = facts.subject
      AND withdrawals.about_key = facts.event_key
) AS is_hidden;

-- record_withdrawals --
-- Hide facts, whether they are there already or not; return what nothing had hidden before.
INSERT INTO withdrawals (subject, about_key)
SELECT *
FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT DO NOTHING
RETURNING subject, about_key;

-- facts_by_key --
-- Facts of some subjects by the keys that withdrawals name them with, hidden or not.
SELECT f.subject, f.occurred_at, f.sequence, f.event_key, f.received_at, f.source, f.id, f.type,
       f.agency, f.channel, f.service, f.matter, f.area, f.members
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (subject, event_key)
JOIN facts AS f USING (subject, event_key);

-- append --
-- Add records to publish, in the transaction that decides them.
INSERT INTO outbox (topic, key, value, headers, recorded_at)
SELECT $1, outgoing.key, outgoing.value, outgoing.headers, $5
FROM unnest($2::bytea[], $3::bytea[], $4::bytea[]) WITH ORDINALITY
     AS outgoing (key, value, headers, place)
ORDER BY outgoing.place;

-- take_turn --
-- Let one relay at a time publish, until its transaction ends.
SELECT pg_try_advisory_xact_lock(hashtext('outbox'));

-- oldest --
-- The records that are due, in the order in which they were added.
SELECT id, topic, key, value, headers
FROM outbox
ORDER BY id
LIMIT $1;

-- remove --
-- Forget records that the broker has.
DELETE FROM outbox
WHERE id = ANY ($1::bigint[]);

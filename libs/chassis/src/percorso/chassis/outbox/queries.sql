-- append --
-- Add a record to publish, in the transaction that decides it.
INSERT INTO outbox (topic, key, value, headers, recorded_at)
VALUES ($1, $2, $3, $4, $5);

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

-- take_turn --
-- Let one claim at a time happen, until its transaction ends: what it counts must stay so.
SELECT pg_advisory_xact_lock(hashtext('claims'));

-- sending_begins --
-- From when on what is received is sent.
SELECT at
FROM sending_begins;

-- record_messages --
-- Add messages that are owed; those already there are left alone and not returned.
INSERT INTO messages (
    subject, message_id, purpose, via, received_at, due_at, expires_at, traceparent, suggestion,
    told_of, code_digest, state, settled_at
)
SELECT owed.subject, owed.message_id, owed.purpose, owed.via, owed.received_at, owed.due_at,
       owed.expires_at, owed.traceparent, owed.suggestion, owed.told_of::uuid[], owed.code_digest,
       owed.state, owed.settled_at
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
    $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::bytea[], $12::text[],
    $13::timestamptz[]
) AS owed (
    subject, message_id, purpose, via, received_at, due_at, expires_at, traceparent, suggestion,
    told_of, code_digest, state, settled_at
)
ON CONFLICT DO NOTHING
RETURNING message_id;

-- record_cancellations --
-- Note which messages are needed no more, whether they are there yet or not.
INSERT INTO cancellations (subject, message_id, received_at)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
ON CONFLICT DO NOTHING
RETURNING message_id;

-- due_messages --
-- Messages of a channel whose time has come, the longest due first.
SELECT m.subject, m.message_id, m.purpose, m.via, m.expires_at, m.attempts, m.failures,
       m.traceparent, m.suggestion, m.told_of,
       EXISTS (
           SELECT FROM cancellations AS c
           WHERE c.subject = m.subject
             AND c.message_id = m.message_id
       ) AS is_cancelled
FROM messages AS m
WHERE m.state = 'waiting'
  AND m.via = $1
  AND m.due_at <= $2
ORDER BY m.due_at, m.message_id
LIMIT $3;

-- lost_messages --
-- Messages of a channel whose attempt has outlived its time.
SELECT subject, message_id, purpose, via, expires_at, attempts, failures, traceparent, suggestion,
       told_of, false AS is_cancelled
FROM messages
WHERE state = 'sending'
  AND via = $1
  AND lease_until <= $2
ORDER BY lease_until
LIMIT $3;

-- contacts --
-- When messages that have a budget reached, or may have reached, some subjects.
SELECT attempted_at
FROM messages
WHERE subject = ANY ($1::uuid[])
  AND purpose <> $2
  AND state = ANY ($3::text[])
  AND attempted_at > $4;

-- begin_attempt --
-- Take a message that waits in hand; no row if somebody else did.
UPDATE messages
SET state = 'sending',
    attempts = attempts + 1,
    attempted_at = $4,
    lease_until = $5
WHERE subject = $1
  AND message_id = $2
  AND attempts = $3
  AND state = 'waiting'
RETURNING attempts;

-- record_attempt --
-- Record a try before anything of it leaves.
INSERT INTO attempts (subject, message_id, number, begun_at)
VALUES ($1, $2, $3, $4);

-- end_attempt --
-- Note what a try came to.
UPDATE attempts
SET ended_at = $4,
    outcome = $5
WHERE subject = $1
  AND message_id = $2
  AND number = $3
  AND outcome IS NULL;

-- take_step --
-- Move a message on from one of these states, if it is still the attempt that we know; else no row.
UPDATE messages
SET state = $5,
    reason = $6,
    due_at = coalesce($7, due_at),
    failures = $8,
    settled_at = $9,
    lease_until = NULL
WHERE subject = $1
  AND message_id = $2
  AND attempts = $3
  AND state = ANY ($4::text[])
RETURNING message_id;

-- standing --
-- How many messages of a channel wait, and since when the first of them is due.
SELECT count(*) AS waiting, min(due_at) AS due_at
FROM messages
WHERE state = 'waiting'
  AND via = $1;

-- unfinished --
-- How many messages are in these states.
SELECT state, count(*) AS number
FROM messages
WHERE state IN ('waiting', 'sending', 'unknown')
GROUP BY state;

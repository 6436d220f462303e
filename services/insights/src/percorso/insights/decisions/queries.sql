-- take_citizens --
-- Let one transaction at a time mark each of the citizens whom some subjects are, until it ends.
SELECT pg_advisory_xact_lock(hashtext('marks'), citizens.number)
FROM (
    SELECT DISTINCT hashtext(coalesce(linked.members[1], touched.subject)::text) AS number
    FROM unnest($1::uuid[]) AS touched (subject)
    LEFT JOIN linked_subjects AS linked ON linked.subject = touched.subject
    ORDER BY number
) AS citizens;

-- mark --
-- Have it decided about those of the subjects for whose citizen something may set a rule off, or
-- who may still take up a suggestion.
INSERT INTO to_decide (subject, mark, since, due_at, traceparent)
SELECT touched.subject, touched.mark, touched.since, $6, touched.traceparent
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[])
     AS touched (subject, mark, since, traceparent)
LEFT JOIN linked_subjects AS linked ON linked.subject = touched.subject
WHERE EXISTS (
    SELECT
    FROM facts AS f
    WHERE f.subject = ANY (coalesce(linked.members, ARRAY[touched.subject]))
      AND f.type = ANY ($5::text[])
      AND f.occurred_at > $7
)
OR EXISTS (
    SELECT
    FROM suggestions AS s
    WHERE s.subject = ANY (coalesce(linked.members, ARRAY[touched.subject]))
      AND s.state IN ('open', 'shown', 'later')
      AND s.expires_at > $6
)
ON CONFLICT DO NOTHING;

-- postpone --
-- Look again at citizens later, once, and no later than was wanted before.
INSERT INTO to_decide AS marked (subject, mark, since, due_at)
SELECT wanted.subject, '00000000-0000-0000-0000-000000000000', wanted.due_at, wanted.due_at
FROM unnest($1::uuid[], $2::timestamptz[]) AS wanted (subject, due_at)
ORDER BY wanted.subject
ON CONFLICT ON CONSTRAINT to_decide_pkey DO UPDATE
SET since = least(marked.since, excluded.since),
    due_at = least(marked.due_at, excluded.due_at);

-- take --
-- Hold marks that are due, the oldest first, which no other worker holds.
SELECT subject, mark, since, traceparent
FROM to_decide
WHERE due_at <= $1
ORDER BY due_at
LIMIT $2
FOR UPDATE SKIP LOCKED;

-- remove --
-- Take marks away that were decided about.
DELETE FROM to_decide
USING unnest($1::uuid[], $2::uuid[]) AS done (subject, mark)
WHERE to_decide.subject = done.subject
  AND to_decide.mark = done.mark;

-- push_back --
-- Look at marks again later.
UPDATE to_decide
SET due_at = $3
FROM unnest($1::uuid[], $2::uuid[]) AS failed (subject, mark)
WHERE to_decide.subject = failed.subject
  AND to_decide.mark = failed.mark;

-- sets --
-- With whom some subjects are one citizen; none of those that are alone.
SELECT subject, members
FROM linked_subjects
WHERE subject = ANY ($1::uuid[]);

-- take_turns --
-- Of some citizens, those about whom nobody else decides until the transaction ends.
SELECT citizen
FROM unnest($1::uuid[]) AS citizen
WHERE pg_try_advisory_xact_lock(hashtext('decisions'), hashtext(citizen::text));

-- facts --
-- What counts of some subjects, of some types.
SELECT f.subject, f.occurred_at, f.sequence, f.event_key, f.received_at, f.source, f.id, f.type,
       f.agency, f.channel, f.service, f.matter, f.area, f.members
FROM facts AS f
WHERE f.subject = ANY ($1::uuid[])
  AND f.type = ANY ($2::text[])
  AND NOT EXISTS (
      SELECT FROM withdrawals AS w
      WHERE w.subject = f.subject
        AND w.about_key = f.event_key
  );

-- facts_at --
-- Facts by where they stand, hidden or not.
SELECT f.subject, f.occurred_at, f.sequence, f.event_key, f.received_at, f.source, f.id, f.type,
       f.agency, f.channel, f.service, f.matter, f.area, f.members
FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::uuid[])
     AS wanted (subject, occurred_at, sequence, event_key)
JOIN facts AS f USING (subject, occurred_at, sequence, event_key);

-- suggested --
-- What was suggested to some subjects since an instant, and what they may still take up.
SELECT subject, suggestion_id, service, event_key, purpose, made_at, expires_at, state, is_withdrawn,
       rests_on
FROM suggestions
WHERE subject = ANY ($1::uuid[])
  AND (
      made_at > $2
      OR (state IN ('open', 'shown', 'later') AND expires_at > $3)
  );

-- record_decisions --
-- Keep decisions.
INSERT INTO decisions (subject, decision_id, decided_at, ruleset, facts_hash, inputs, outcome)
SELECT *
FROM unnest(
    $1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bytea[], $6::text[], $7::text[]
);

-- page --
-- Decisions after one, in the order of the key.
SELECT subject, decision_id, decided_at, ruleset, facts_hash, inputs, outcome
FROM decisions
WHERE (subject, decision_id) > ($1, $2)
ORDER BY subject, decision_id
LIMIT $3;

-- one --
-- One decision.
SELECT subject, decision_id, decided_at, ruleset, facts_hash, inputs, outcome
FROM decisions
WHERE subject = $1
  AND decision_id = $2;

-- newest --
-- What was decided last under a subject.
SELECT subject, decision_id, decided_at, ruleset, facts_hash, inputs, outcome
FROM decisions
WHERE subject = $1
ORDER BY decision_id DESC
LIMIT 1;

-- ruleset --
-- The files of a set of rules that decided.
SELECT content
FROM rulesets
WHERE version = $1;

-- take_review_turn --
-- Let one worker at a time change or review the live set, until its transaction ends.
SELECT pg_try_advisory_xact_lock(hashtext('ruleset'));

-- live_ruleset --
-- The set that went live last.
SELECT version, reviewed_from
FROM rulesets
ORDER BY activated_at DESC
LIMIT 1;

-- activate --
-- Let a set be the live one, with nothing reviewed yet.
INSERT INTO rulesets (version, content, activated_at, reviewed_from)
VALUES ($1, $2, $3, $3)
ON CONFLICT ON CONSTRAINT rulesets_pkey DO UPDATE
SET activated_at = excluded.activated_at,
    reviewed_from = excluded.reviewed_from;

-- review --
-- Have it decided about those whom something set a rule off lately that was received in some time.
INSERT INTO to_decide (subject, mark, since, due_at)
SELECT DISTINCT f.subject, $1::uuid, $2::timestamptz, $2::timestamptz
FROM facts AS f
WHERE f.received_at >= $3
  AND f.received_at < $4
  AND f.occurred_at > $5
  AND f.type = ANY ($6::text[])
ON CONFLICT DO NOTHING;

-- reviewed --
-- Note how far back facts were looked at again.
UPDATE rulesets
SET reviewed_from = $2
WHERE version = $1;

-- waiting --
-- How many marks are due, counted up to a bound, and since when the oldest waits.
SELECT count(*) AS marks, min(since) AS since
FROM (
    SELECT since
    FROM to_decide
    WHERE due_at <= $1
    ORDER BY due_at
    LIMIT $2
) AS due;

-- make --
-- Keep suggestions that were not made before; return which those are.
INSERT INTO suggestions (
    subject, suggestion_id, service, agency, event_key, purpose, via, made_at, send_from,
    expires_at, rule, priority, words, rests_on, told_of, decided_for, decision_id
)
SELECT made.subject, made.suggestion_id, made.service, made.agency, made.event_key, made.purpose,
       made.via, made.made_at, made.made_at, made.expires_at, made.rule, made.priority, made.words,
       made.rests_on::uuid[], made.told_of::uuid[], made.decided_for, made.decision_id
FROM unnest(
    $1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::integer[], $6::text[], $7::text[],
    $8::text[], $9::uuid[], $10::uuid[], $11::text[], $12::text[], $13::uuid[], $14::text[],
    $15::text[], $16::timestamptz[]
) AS made (
    subject, suggestion_id, expires_at, rule, priority, words, rests_on, told_of, decided_for,
    decision_id, service, agency, event_key, purpose, via, made_at
)
ON CONFLICT DO NOTHING
RETURNING suggestion_id;

-- renew --
-- Tell the reasons of suggestions anew.
UPDATE suggestions
SET expires_at = renewed.expires_at,
    rule = renewed.rule,
    priority = renewed.priority,
    words = renewed.words,
    rests_on = renewed.rests_on::uuid[],
    told_of = renewed.told_of::uuid[],
    decided_for = renewed.decided_for,
    decision_id = renewed.decision_id
FROM unnest(
    $1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::integer[], $6::text[], $7::text[],
    $8::text[], $9::uuid[], $10::uuid[]
) AS renewed (
    subject, suggestion_id, expires_at, rule, priority, words, rests_on, told_of, decided_for,
    decision_id
)
WHERE suggestions.subject = renewed.subject
  AND suggestions.suggestion_id = renewed.suggestion_id;

-- turn --
-- Note whether the grounds of suggestions hold.
UPDATE suggestions
SET is_withdrawn = turned.is_withdrawn
FROM unnest($1::uuid[], $2::uuid[], $3::boolean[])
     AS turned (subject, suggestion_id, is_withdrawn)
WHERE suggestions.subject = turned.subject
  AND suggestions.suggestion_id = turned.suggestion_id;

-- visible --
-- What some subjects may take up now, the best first.
SELECT subject, suggestion_id, service, rule, purpose, via, words, made_at, send_from, expires_at,
       state
FROM suggestions
WHERE subject = ANY ($1::uuid[])
  AND state IN ('open', 'shown', 'later')
  AND NOT is_withdrawn
  AND expires_at > $2
  AND (later_until IS NULL OR later_until <= $2)
  AND told_of <@ $1::uuid[]
ORDER BY priority DESC, made_at DESC, suggestion_id
LIMIT $3;

-- visible_to --
-- Of the same, what rests on no event that an agency may not see.
SELECT subject, suggestion_id, service, rule, purpose, via, words, made_at, send_from, expires_at,
       state
FROM suggestions AS made
WHERE subject = ANY ($1::uuid[])
  AND state IN ('open', 'shown', 'later')
  AND NOT is_withdrawn
  AND expires_at > $2
  AND (later_until IS NULL OR later_until <= $2)
  AND told_of <@ $1::uuid[]
  AND NOT EXISTS (
      SELECT
      FROM unnest(made.rests_on || made.event_key) AS ground (event_key)
      WHERE NOT EXISTS (
          SELECT FROM facts
          WHERE facts.subject = ANY ($1::uuid[])
            AND facts.event_key = ground.event_key
            AND (
                facts.agency = $4
                OR EXISTS (
                    SELECT FROM shares
                    WHERE shares.reader = $4
                      AND shares.agency = facts.agency
                      AND shares.service = facts.service
                      AND shares.is_shared
                )
            )
      )
  )
ORDER BY priority DESC, made_at DESC, suggestion_id
LIMIT $3;

-- one --
-- A suggestion to one of some subjects.
SELECT subject, suggestion_id, service, agency, event_key, via, made_at, expires_at, told_of,
       decided_for, decision_id, state, later_until, is_withdrawn
FROM suggestions
WHERE subject = ANY ($1::uuid[])
  AND suggestion_id = $2;

-- hold --
-- The same, held until the transaction ends.
SELECT subject, suggestion_id, service, agency, event_key, via, made_at, expires_at, told_of,
       decided_for, decision_id, state, later_until, is_withdrawn
FROM suggestions
WHERE subject = ANY ($1::uuid[])
  AND suggestion_id = $2
FOR UPDATE;

-- move --
-- Note where a reaction leads.
UPDATE suggestions
SET state = $3,
    shown_at = coalesce(shown_at, $4),
    later_until = $5,
    closed_at = $6
WHERE subject = $1
  AND suggestion_id = $2;

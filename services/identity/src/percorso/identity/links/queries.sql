-- live_assertion --
-- The live link that says just this, said by the same asserter on the same ground.
SELECT assertion.link_id
FROM link_assertions AS assertion
JOIN links USING (link_id)
WHERE links.is_live
  AND links.one_subject = $1
  AND links.other_subject = $2
  AND assertion.asserter = $3
  AND assertion.proof = $4
  AND assertion.reference = $5;

-- keep_assertion --
-- Who said it and on what it rests.
INSERT INTO link_assertions (link_id, asserter, proof, reference, asserted_at)
VALUES ($1, $2, $3, $4, $5);

-- lock_link --
-- One link with its asserter.
SELECT link_id, version, one_subject, one_is_person, other_subject, other_is_person, is_live, asserter
FROM links
JOIN link_assertions USING (link_id)
WHERE link_id = $1
FOR UPDATE;

-- keep_removal --
-- Who took it back.
UPDATE link_assertions
SET removed_by = $2,
    removed_at = $3
WHERE link_id = $1;

-- live_links_of --
-- The links that live and are about any of these subjects, the newest first.
SELECT link_id, asserter, proof, asserted_at
FROM links
JOIN link_assertions USING (link_id)
WHERE is_live AND (one_subject = ANY ($1::uuid[]) OR other_subject = ANY ($1::uuid[]))
ORDER BY asserted_at DESC, link_id
LIMIT $2;

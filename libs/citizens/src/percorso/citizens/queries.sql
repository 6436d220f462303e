-- take_turn --
-- Let one change of links at a time happen, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('links'));

-- keep_links --
-- Let links stay as they are, until the transaction ends; many may ask for it at once.
SELECT pg_advisory_xact_lock_shared(hashtext('links'));

-- take_citizen --
-- Let one transaction at a time act on the citizen with this least subject, until it ends.
SELECT pg_advisory_xact_lock(hashtext('citizen'), hashtext($1::text));

-- keep_link --
-- Store a link's state unless a later version is there; no row if it was.
INSERT INTO links (link_id, version, one_subject, one_is_person, other_subject, other_is_person, is_live)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT links_pkey DO UPDATE
SET version = excluded.version,
    is_live = excluded.is_live
WHERE links.version < excluded.version
RETURNING link_id;

-- live_links_of --
-- Every live link that touches one of these subjects.
SELECT one_subject, one_is_person, other_subject, other_is_person
FROM links
WHERE is_live
  AND (one_subject = ANY ($1::uuid[]) OR other_subject = ANY ($1::uuid[]));

-- members --
-- All subjects of the citizen whom a subject is; none if it is alone.
SELECT members
FROM linked_subjects
WHERE subject = $1;

-- forget_sets --
-- Take subjects out of their sets.
DELETE FROM linked_subjects
WHERE subject = ANY ($1::uuid[]);

-- keep_set --
-- Let each of these subjects be with all of them.
INSERT INTO linked_subjects (subject, members)
SELECT member, $1
FROM unnest($1::uuid[]) AS member;

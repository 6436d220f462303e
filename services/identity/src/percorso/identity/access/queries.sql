-- note --
-- Write an access down; the first of the same ones stays.
INSERT INTO access_log (
    subject, entry_id, at, who, action, purpose, reference, role, operator
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT access_log_pkey DO NOTHING
RETURNING entry_id;

-- page --
-- Entries of some subjects, the newest first, from after a place on.
SELECT DISTINCT ON (at, entry_id) entry_id, at, who, action, purpose, reference, role
FROM access_log
WHERE subject = ANY ($1::uuid[])
  AND ($2::timestamptz IS NULL OR (at, entry_id) < ($2, $3::uuid))
ORDER BY at DESC, entry_id DESC
LIMIT $4;

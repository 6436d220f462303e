-- note --
-- Write an access down; the first of the same ones stays.
INSERT INTO access_log (subject, entry_id, at, who, action, purpose, reference)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT access_log_pkey DO NOTHING;

-- page --
-- Entries of some subjects, the newest first, from after a place on.
SELECT entry_id, at, who, action, purpose, reference
FROM access_log
WHERE subject = ANY ($1::uuid[])
  AND ($2::timestamptz IS NULL OR (at, entry_id) < ($2, $3::uuid))
ORDER BY at DESC, entry_id DESC
LIMIT $4;

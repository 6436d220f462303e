-- keep_preferences --
-- Store what a subject prefers from now on.
INSERT INTO preferences (subject, quiet_begin, quiet_end, language, changed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT preferences_pkey DO UPDATE
SET quiet_begin = excluded.quiet_begin,
    quiet_end = excluded.quiet_end,
    language = excluded.language,
    changed_at = excluded.changed_at;

-- preferences_of --
-- What was said last by any of these subjects.
SELECT quiet_begin, quiet_end, language
FROM preferences
WHERE subject = ANY ($1::uuid[])
ORDER BY changed_at DESC, subject
LIMIT 1;

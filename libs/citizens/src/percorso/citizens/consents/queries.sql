-- keep_consent --
-- Store a consent's state unless a later version is there; no row if it was.
INSERT INTO consents (subject, purpose, channel, version, is_given, decided_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT consents_pkey DO UPDATE
SET version = excluded.version,
    is_given = excluded.is_given,
    decided_at = excluded.decided_at
WHERE consents.version < excluded.version
RETURNING subject;

-- consents_of --
-- What some subjects said last of one purpose.
SELECT subject, channel, version, is_given, decided_at
FROM consents
WHERE subject = ANY ($1::uuid[])
  AND purpose = $2;

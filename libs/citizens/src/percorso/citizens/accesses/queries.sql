-- keep_share --
-- Store a share's state unless a later version is there; no row if it was.
INSERT INTO shares (agency, service, reader, version, is_shared)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT shares_pkey DO UPDATE
SET version = excluded.version,
    is_shared = excluded.is_shared
WHERE shares.version < excluded.version
RETURNING agency;

-- take_turn --
-- Let one decision at a time be made about an agency's shares, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('shares'), hashtext($1::text));

-- one --
-- How a share stands; no row if it was never decided.
SELECT version, is_shared
FROM shares
WHERE reader = $1
  AND agency = $2
  AND service = $3;

-- given --
-- What an agency shares.
SELECT service, reader
FROM shares
WHERE agency = $1
  AND is_shared
ORDER BY service, reader
LIMIT $2;

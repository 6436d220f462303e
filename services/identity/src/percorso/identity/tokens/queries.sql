-- forget_assertions --
-- What has expired is refused for that, and need not be remembered.
DELETE FROM used_assertions
WHERE forgotten_at < $1;

-- use_assertion --
-- Remember an assertion; no row if it was used before.
INSERT INTO used_assertions (service, jti, forgotten_at)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
RETURNING service;

-- forget_attempts --
-- Nobody comes back to these.
DELETE FROM login_attempts
WHERE expires_at <= $1;

-- count_attempts --
-- How many logins are under way.
SELECT count(*)
FROM login_attempts;

-- keep_attempt --
-- Remember what a provider is asked.
INSERT INTO login_attempts (
    state_digest, browser_digest, provider, nonce, verifier, level, challenge, return_to, expires_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- take_attempt --
-- What a provider was asked; the answer counts once.
DELETE FROM login_attempts
WHERE state_digest = $1
RETURNING browser_digest, provider, nonce, verifier, level, challenge, return_to, expires_at;

-- forget_codes --
-- The portal has not come for these.
DELETE FROM login_codes
WHERE expires_at <= $1;

-- keep_code --
-- Remember who has logged in, until the portal comes for it.
INSERT INTO login_codes (code_digest, subject, level, challenge, return_to, expires_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- take_code --
-- Who has logged in; the code counts once.
DELETE FROM login_codes
WHERE code_digest = $1
RETURNING subject, level, challenge, return_to, expires_at;

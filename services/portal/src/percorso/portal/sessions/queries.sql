-- add_session --
-- Begin a session.
INSERT INTO sessions (digest, sealed, used_at, ends_at)
VALUES ($1, $2, $3, $4);

-- find_session --
-- A session that has not ended and was used since an instant.
SELECT sealed, used_at, ends_at
FROM sessions
WHERE digest = $1 AND ends_at > $2 AND used_at > $3;

-- use_session --
-- Note that a session was used.
UPDATE sessions
SET used_at = $2
WHERE digest = $1;

-- remove_session --
-- End a session.
DELETE FROM sessions
WHERE digest = $1;

-- remove_ended_sessions --
-- Forget the sessions that have ended, or that nobody has used since an instant.
DELETE FROM sessions
WHERE ends_at <= $1 OR used_at <= $2;

-- count_sessions --
-- How many sessions there are.
SELECT count(*)
FROM sessions;

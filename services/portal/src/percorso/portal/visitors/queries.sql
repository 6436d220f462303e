-- take_visitor --
-- Take a visitor's code, once.
INSERT INTO taken_visitors (digest, ends_at)
VALUES ($1, $2)
ON CONFLICT DO NOTHING
RETURNING digest;

-- find_taken_visitor --
-- Whether a visitor's code was taken.
SELECT EXISTS (SELECT FROM taken_visitors WHERE digest = $1);

-- remove_ended_visitors --
-- Forget the codes that are too old by now.
DELETE FROM taken_visitors
WHERE ends_at <= $1;

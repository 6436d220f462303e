-- keep_check_value --
-- Remember the key that this database is made with; the first one stays for ever.
INSERT INTO subject_key (check_value)
VALUES ($1)
ON CONFLICT DO NOTHING;

-- kept_check_value --
-- The key that this database is made with.
SELECT check_value
FROM subject_key;

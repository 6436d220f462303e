-- take_turn --
-- Let one process at a time look after data keys, until its transaction ends.
SELECT pg_advisory_xact_lock(hashtext('data keys'));

-- data_keys --
-- Every data key, as it is wrapped.
SELECT key_id, master_id, wrapped
FROM data_keys;

-- add_data_key --
-- Keep a new data key.
INSERT INTO data_keys (key_id, master_id, wrapped, made_at)
VALUES ($1, $2, $3, $4);

-- wrap_data_key --
-- Keep a data key as another master key has wrapped it.
UPDATE data_keys
SET master_id = $2,
    wrapped = $3
WHERE key_id = $1;

-- newest_change --
-- When the contacts of some subjects changed last.
SELECT max(changed_at)
FROM contacts
WHERE subject = ANY ($1::uuid[]);

-- keep_contact --
-- Keep a subject's address of one kind, or (null) that there is none.
INSERT INTO contacts (subject, kind, key_id, sealed, changed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT contacts_pkey DO UPDATE
SET key_id = excluded.key_id,
    sealed = excluded.sealed,
    changed_at = excluded.changed_at;

-- newest_contact --
-- What was said last of one kind of address, by any of some subjects.
SELECT subject, key_id, sealed
FROM contacts
WHERE subject = ANY ($1::uuid[])
  AND kind = $2
ORDER BY changed_at DESC, subject
LIMIT 1;

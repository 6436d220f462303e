-- inbox_page --
-- Messages that reached some subjects, newest first, before a place; none that tells of others.
SELECT subject, message_id, via, state, reason, suggestion, settled_at, read_at,
       told_of <@ $1::uuid[] AS tells_why
FROM messages
WHERE subject = ANY ($1::uuid[])
  AND (state = ANY ($2::text[]) OR (state = 'failed' AND purpose = $3))
  AND (told_of <@ $1::uuid[] OR purpose = $3)
  AND (settled_at, message_id) < ($4::timestamptz, $5::uuid)
ORDER BY settled_at DESC, message_id DESC
LIMIT $6;

-- mark_read --
-- Note that a message that lies in an inbox was read; no row if it does not, or was read before.
UPDATE messages
SET state = 'read',
    reason = NULL,
    read_at = $3
WHERE subject = ANY ($1::uuid[])
  AND message_id = $2
  AND (state = ANY ($4::text[]) OR (state = 'failed' AND purpose = $5))
  AND (told_of <@ $1::uuid[] OR purpose = $5)
RETURNING subject, suggestion;

-- was_read --
-- Whether one of these subjects has read a message.
SELECT EXISTS (
    SELECT FROM messages
    WHERE subject = ANY ($1::uuid[])
      AND message_id = $2
      AND state = 'read'
);

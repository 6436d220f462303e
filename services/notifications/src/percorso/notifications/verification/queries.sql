-- message_of_code --
-- The message that left with a code, or may have.
SELECT m.purpose, m.via, m.suggestion, m.attempted_at
FROM messages AS m
WHERE m.code_digest = $1
  AND (
      m.state = ANY ($2::text[])
      OR EXISTS (
          SELECT FROM attempts AS a
          WHERE a.subject = m.subject
            AND a.message_id = m.message_id
            AND a.outcome = ANY ($3::text[])
      )
  );

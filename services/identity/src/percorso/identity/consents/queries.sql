-- add_receipt --
-- Keep a decision; nothing ever changes or removes one.
INSERT INTO consent_receipts
    (subject, purpose, channel, version, receipt_id, is_given, decided_at, text_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- last_receipt --
-- The last decision of one subject about one purpose on one channel.
SELECT receipt_id, version, is_given, decided_at, text_version
FROM consent_receipts
WHERE subject = $1
  AND purpose = $2
  AND channel = $3
ORDER BY version DESC
LIMIT 1;

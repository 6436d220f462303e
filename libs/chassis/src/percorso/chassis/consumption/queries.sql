-- stored_offsets --
-- Where each partition goes on.
SELECT partition, next_offset
FROM consumer_offsets
WHERE topic = $1
  AND partition = ANY ($2::integer[]);

-- begin_offsets --
-- Store the first offset of partitions that have none.
INSERT INTO consumer_offsets (topic, partition, next_offset, end_offset, end_read_at, complete_until)
SELECT $1, begun.partition, begun.next_offset, begun.next_offset, $4, $4
FROM unnest($2::integer[], $3::bigint[]) AS begun (partition, next_offset)
ON CONFLICT DO NOTHING;

-- lock_offsets --
-- Hold the partitions of a batch until its transaction ends; in order, so that workers never deadlock.
SELECT partition, next_offset
FROM consumer_offsets
WHERE topic = $1
  AND partition = ANY ($2::integer[])
ORDER BY partition
FOR UPDATE;

-- commit_at_once --
-- Let this transaction's commit not wait for the disk; those after it are not lost before it.
SELECT set_config('synchronous_commit', 'off', true);

-- advance_offsets --
-- Move the partitions of a batch, each only from where the batch began.
UPDATE consumer_offsets AS stored
SET next_offset = span.next_offset,
    complete_until = greatest(stored.complete_until, span.received_at),
    rows_stored = stored.rows_stored + span.rows
FROM unnest($2::integer[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[])
     AS span (partition, first_offset, next_offset, received_at, rows)
WHERE stored.topic = $1
  AND stored.partition = span.partition
  AND stored.next_offset = span.first_offset
RETURNING stored.partition;

-- add_rows --
-- Count rows that a redriven letter added.
UPDATE consumer_offsets
SET rows_stored = rows_stored + $3
WHERE topic = $1
  AND partition = $2;

-- report_progress --
-- Note the ends a worker has read, unless another worker has moved the partition.
UPDATE consumer_offsets AS stored
SET end_offset = seen.end_offset,
    end_read_at = seen.end_read_at,
    complete_until = greatest(stored.complete_until, seen.complete_until)
FROM unnest($2::integer[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
     AS seen (partition, next_offset, end_offset, end_read_at, complete_until)
WHERE stored.topic = $1
  AND stored.partition = seen.partition
  AND stored.next_offset = seen.next_offset;

-- progress --
-- Per partition of some topics: how far, how far behind, and since when complete.
SELECT topic, next_offset, end_offset, end_read_at, complete_until, rows_stored
FROM consumer_offsets
WHERE topic = ANY ($1::text[]);

-- record_dead_letters --
-- Keep what cannot be applied; the same record at the same position once.
INSERT INTO dead_letters (topic, partition, "offset", reason, key, value, headers, digest, recorded_at)
SELECT $1, letter.*, $9
FROM unnest($2::integer[], $3::bigint[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
     AS letter (partition, "offset", reason, key, value, headers, digest)
ON CONFLICT DO NOTHING;

-- list_dead_letters --
-- A page of letters, newest first.
SELECT id, topic, partition, "offset", reason, headers, octet_length(value) AS bytes, recorded_at, attempts
FROM dead_letters
WHERE id < $1
  AND ($2::text IS NULL OR reason = $2)
ORDER BY id DESC
LIMIT $3;

-- show_dead_letter --
-- One letter without its value.
SELECT id, topic, partition, "offset", reason, headers, octet_length(value) AS bytes, recorded_at, attempts
FROM dead_letters
WHERE id = $1;

-- lock_dead_letter --
-- One letter whole, held while it is redriven.
SELECT id, topic, partition, "offset", reason, key, value, headers
FROM dead_letters
WHERE id = $1
FOR UPDATE;

-- refuse_dead_letter --
-- Note that a redrive failed, and why.
UPDATE dead_letters
SET attempts = attempts + 1,
    reason = $2
WHERE id = $1;

-- remove_dead_letter --
-- Forget a letter that was redriven or discarded.
DELETE FROM dead_letters
WHERE id = $1
RETURNING reason;

-- count_dead_letters --
-- How many letters wait.
SELECT count(*)
FROM dead_letters;

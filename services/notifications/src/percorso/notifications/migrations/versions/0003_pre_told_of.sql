-- The subjects whose events a message's reasons tell of; of what came before this nobody knows.
ALTER TABLE messages ADD COLUMN told_of uuid[] NOT NULL DEFAULT '{}';

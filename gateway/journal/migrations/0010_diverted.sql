-- Records that were taken out of a file because they are bad: a transfer of their own, held until people correct it.
ALTER TABLE transfers ADD COLUMN diverted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transfers ADD COLUMN diverted_from TEXT;
CREATE INDEX diverted_records ON transfers (diverted_from) WHERE diverted_from IS NOT NULL;

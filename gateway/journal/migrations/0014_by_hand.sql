-- A file that a person handed in: its bytes come out of the kept originals, and no source is put away.
ALTER TABLE transfers ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;

-- A file that is longer than its destination takes has several outputs; a list of them may follow the last one.
-- listing and marking: 0 not begun, 1 begun, 2 there.
ALTER TABLE outputs ADD COLUMN listing INTEGER NOT NULL DEFAULT 0;

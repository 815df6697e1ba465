-- A person said of a held file that nothing of it is to be sent.
ALTER TABLE transfers ADD COLUMN unwanted INTEGER NOT NULL DEFAULT 0;

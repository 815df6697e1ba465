-- A person's word that a converted file is to be made anew before it goes out.
ALTER TABLE transfers ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;

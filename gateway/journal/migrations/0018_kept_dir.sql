-- What tells the folder in which files are kept for all nodes; empty where each keeps its own.
ALTER TABLE installation ADD COLUMN kept_mark TEXT NOT NULL DEFAULT '';

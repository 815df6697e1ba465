-- What stands at a shadow place is erased when its time is over: where it is, what it was, and when it was erased.
ALTER TABLE shadows ADD COLUMN endpoint TEXT NOT NULL DEFAULT '';
ALTER TABLE shadows ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shadows ADD COLUMN identity TEXT NOT NULL DEFAULT '';
ALTER TABLE shadows ADD COLUMN erased_at TEXT;

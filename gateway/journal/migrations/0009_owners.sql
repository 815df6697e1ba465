-- Each start of this installation: what an owner object of a former start names is known as our own.
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY,
    session TEXT NOT NULL UNIQUE,
    began_at TEXT NOT NULL
);

-- Routes whose owner object may be replaced once: by a person's word (installation '*'), or after a restore (our own).
CREATE TABLE takeovers (
    route TEXT PRIMARY KEY,
    installation TEXT NOT NULL,
    made_at TEXT NOT NULL
);

-- When the last attempt failed, by the clock that its next one was reckoned with.
ALTER TABLE transfers ADD COLUMN failed_at TEXT;

-- How much of a route is logged for a while, by a person's word.
CREATE TABLE levels (
    number   INTEGER PRIMARY KEY,
    route    TEXT NOT NULL,
    level    TEXT NOT NULL CHECK (level IN ('debug', 'info', 'warning', 'error')),
    who      TEXT NOT NULL,
    reason   TEXT NOT NULL,
    made_at  TEXT NOT NULL,
    until    TEXT NOT NULL,
    ended_at TEXT
);
CREATE UNIQUE INDEX one_level_per_route ON levels (route) WHERE ended_at IS NULL;

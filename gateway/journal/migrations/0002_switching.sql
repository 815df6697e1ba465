-- Acts of people and changes of format, each row chained to the one before by its hash.
CREATE TABLE audit (
    number   INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    who      TEXT NOT NULL,
    act      TEXT NOT NULL,
    subject  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    detail   TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL UNIQUE
);

-- What each end of a route speaks, and where: the newest row of an end holds.
CREATE TABLE flips (
    number   INTEGER PRIMARY KEY,
    route    TEXT NOT NULL,
    side     TEXT NOT NULL CHECK (side IN ('from', 'to')),
    format   TEXT NOT NULL CHECK (format IN ('legacy', 'standard')),
    place    TEXT NOT NULL,
    planned  TEXT,
    actual   TEXT NOT NULL,
    cutover  TEXT NOT NULL
);
CREATE INDEX flips_of_end ON flips (route, side, number);

-- A person's word on the format of a system or of one end of a route; it holds from its instant until cleared.
CREATE TABLE overrides (
    number     INTEGER PRIMARY KEY,
    scope      TEXT NOT NULL,   -- system:NAME, or end:ROUTE:from, end:ROUTE:to
    format     TEXT NOT NULL CHECK (format IN ('legacy', 'standard')),
    holds_from TEXT NOT NULL,
    back       INTEGER NOT NULL DEFAULT 0,
    who        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    made_at    TEXT NOT NULL,
    cleared_at TEXT
);

-- What a person said of a gate: a condition waived, a cutover approved, a state confirmed, a closed gate reopened.
CREATE TABLE rulings (
    number    INTEGER PRIMARY KEY,
    cutover   TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('waive', 'approve', 'baseline', 'reopen')),
    subject   TEXT NOT NULL,
    who       TEXT NOT NULL,
    reason    TEXT NOT NULL,
    at        TEXT NOT NULL
);
CREATE INDEX rulings_of_cutover ON rulings (cutover);

-- How each gate was found when it was last looked at.
CREATE TABLE gates (
    cutover    TEXT PRIMARY KEY,
    looked_at  TEXT NOT NULL,
    verdict    TEXT NOT NULL,
    conditions TEXT NOT NULL
);

-- What was compared with what, and how it came out. A slot may be compared again: its last row counts.
CREATE TABLE comparisons (
    number        INTEGER PRIMARY KEY,
    route         TEXT NOT NULL,
    slot          TEXT NOT NULL,
    business_date TEXT NOT NULL,
    against       TEXT NOT NULL CHECK (against IN ('early', 'shadow')),
    old           TEXT NOT NULL,
    new           TEXT NOT NULL,
    result        TEXT NOT NULL CHECK (result IN ('equal', 'equivalent', 'different', 'missing', 'unreadable')),
    old_records   INTEGER,
    new_records   INTEGER,
    only_old      INTEGER NOT NULL,
    only_new      INTEGER NOT NULL,
    changed       INTEGER NOT NULL,
    unexplained   INTEGER NOT NULL,
    tolerated     INTEGER NOT NULL,
    report        TEXT NOT NULL,
    detail        TEXT NOT NULL,
    at            TEXT NOT NULL
);
CREATE INDEX comparisons_of_slot ON comparisons (route, slot, number);

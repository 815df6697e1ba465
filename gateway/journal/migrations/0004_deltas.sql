-- What all rows of an end were after a transfer, or will be once it is delivered: a full file among those kept.
-- version: the order in which states came to hold; NULL: not delivered yet. The newest one not returned holds; older
-- ones are reached from it by their followers' undo files. digest: of the rows, in whatever order.
CREATE TABLE states (
    number      INTEGER PRIMARY KEY,
    route       TEXT NOT NULL,
    side        TEXT NOT NULL CHECK (side IN ('from', 'to')),
    format      TEXT NOT NULL CHECK (format IN ('legacy', 'standard')),
    transfer_id TEXT NOT NULL UNIQUE,
    base        INTEGER REFERENCES states (number),
    form        TEXT NOT NULL,
    digest      TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    undo        TEXT NOT NULL,
    rows        INTEGER NOT NULL,
    inserts     INTEGER NOT NULL,
    updates     INTEGER NOT NULL,
    deletes     INTEGER NOT NULL,
    sent        TEXT NOT NULL CHECK (sent IN ('changes', 'full', 'nothing')),
    asked       INTEGER,
    version     INTEGER,
    held_at     TEXT,
    returned_at TEXT
);
CREATE UNIQUE INDEX state_versions ON states (route, side, format, version);
CREATE INDEX states_by_content ON states (sha256);

-- A person's word that the next full file of an end begins anew.
CREATE TABLE rebaselines (
    number  INTEGER PRIMARY KEY,
    route   TEXT NOT NULL,
    who     TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      TEXT NOT NULL,
    used_by TEXT
);
CREATE INDEX rebaselines_open ON rebaselines (route) WHERE used_by IS NULL;

-- What a person let a transfer do by releasing it.
CREATE TABLE allowances (
    transfer_id TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('shrink', 'older')),
    PRIMARY KEY (transfer_id, kind)
);

CREATE INDEX delivered_by_date ON transfers (route, carried_to, business_date, number) WHERE outcome = 'delivered';

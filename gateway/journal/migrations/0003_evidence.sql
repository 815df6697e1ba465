-- Files kept as evidence, each content once: originals as received, outputs as delivered,
-- the rows that an end holds and the ways back to what it held (see 0004).
CREATE TABLE kept (
    store   TEXT NOT NULL CHECK (store IN ('originals', 'outputs', 'states', 'undos')),
    sha256  TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    stored  INTEGER NOT NULL,
    packed  INTEGER NOT NULL DEFAULT 0,
    kept_at TEXT NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (store, sha256)
);
CREATE INDEX kept_by_use ON kept (store, used_at);
CREATE INDEX kept_sizes ON kept (store, bytes, stored);
CREATE INDEX kept_unpacked ON kept (kept_at) WHERE packed = 0;

-- Proof of what was erased when its time was over.
CREATE TABLE erasures (
    number INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    store  TEXT NOT NULL,
    files  INTEGER NOT NULL,
    bytes  INTEGER NOT NULL,
    until  TEXT NOT NULL
);

-- What made an output: names of layouts and mapping, and a digest of all that determines its bytes (JSON).
ALTER TABLE outputs ADD COLUMN made_with TEXT NOT NULL DEFAULT '';
ALTER TABLE outputs ADD COLUMN filtered INTEGER NOT NULL DEFAULT 0;
-- What the consumer did with it, where that is observed.
ALTER TABLE outputs ADD COLUMN observed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outputs ADD COLUMN taken_at TEXT;
ALTER TABLE outputs ADD COLUMN taken_how TEXT;
ALTER TABLE outputs ADD COLUMN taken_records INTEGER;
ALTER TABLE outputs ADD COLUMN alarmed_at TEXT;
CREATE INDEX untaken ON outputs (delivered_at) WHERE observed = 1 AND taken_at IS NULL;
ALTER TABLE transfers ADD COLUMN replay_of TEXT;
CREATE INDEX transfers_of_day ON transfers (business_date, route);
CREATE INDEX outputs_by_content ON outputs (sha256);
CREATE INDEX replays ON transfers (replay_of) WHERE replay_of IS NOT NULL;
CREATE INDEX transfers_of_route ON transfers (route, number);
CREATE INDEX transfers_by_content ON transfers (sha256);

-- Since when files of a route are expected, and what people were told of each delivery and each silence.
CREATE TABLE expecting (
    route TEXT PRIMARY KEY,
    since TEXT NOT NULL
);
CREATE TABLE expectations (
    route   TEXT NOT NULL,
    subject TEXT NOT NULL,
    said    TEXT NOT NULL,
    at      TEXT NOT NULL,
    PRIMARY KEY (route, subject)
);

-- The numbers of files that carry one, and where a person let a series go on or start anew.
CREATE TABLE numbered (
    transfer_id TEXT PRIMARY KEY REFERENCES transfers (id),
    route       TEXT NOT NULL,
    format      TEXT NOT NULL CHECK (format IN ('legacy', 'standard')),
    number      INTEGER NOT NULL
);
CREATE INDEX numbered_of_series ON numbered (route, format, number);
CREATE TABLE series_starts (
    number  INTEGER PRIMARY KEY,
    route   TEXT NOT NULL,
    format  TEXT NOT NULL CHECK (format IN ('legacy', 'standard')),
    next    INTEGER NOT NULL,
    after   INTEGER NOT NULL,
    forward INTEGER NOT NULL,
    at      TEXT NOT NULL
);
CREATE INDEX series_starts_of_series ON series_starts (route, format, number);

-- Routes whose source was not looked at since the journal was restored from a backup.
CREATE TABLE restored (route TEXT PRIMARY KEY);

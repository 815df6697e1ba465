-- Times are UTC in ISO 8601 with microseconds, so that text order is time order.
CREATE TABLE installation (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    installation_id TEXT NOT NULL,
    generation      INTEGER NOT NULL
);

CREATE TABLE transfers (
    number          INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    route           TEXT NOT NULL,
    endpoint        TEXT NOT NULL,
    path            TEXT NOT NULL,
    size            INTEGER,
    mtime           TEXT NOT NULL,
    version         TEXT NOT NULL,
    content         TEXT NOT NULL,
    companion       TEXT NOT NULL,
    stated_sha256   TEXT NOT NULL,
    stated_records  INTEGER,
    -- found in the new place before its cutover: material for comparison, or it waits for the flip
    early           TEXT NOT NULL DEFAULT '' CHECK (early IN ('', 'compare', 'wait')),
    revision        INTEGER NOT NULL,
    from_format     TEXT NOT NULL CHECK (from_format IN ('legacy', 'standard')),
    business_date   TEXT NOT NULL,
    admitted_at     TEXT NOT NULL,
    changed_at      TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN (
        'admitted', 'spooled', 'converted', 'claimed', 'publishing', 'delivered', 'settled',
        'unchanged', 'compared', 'superseded', 'withdrawn', 'held')),
    held_from       TEXT,
    reason          TEXT,
    message         TEXT,
    hint            TEXT,
    attempt         INTEGER NOT NULL DEFAULT 0,
    first_failed_at TEXT,
    retry_at        TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,
    bytes           INTEGER,
    sha256          TEXT,
    records         INTEGER,
    outcome         TEXT CHECK (outcome IN ('delivered', 'unchanged', 'compared', 'superseded')),
    carried_to      TEXT,
    CHECK ((state = 'held') = (held_from IS NOT NULL))
);
-- One transfer for one content of one file on one route: the same file found again is not sent again. A file that
-- was withdrawn, because it changed before it was read, was not carried: it may come again as it was.
CREATE UNIQUE INDEX one_transfer_per_content ON transfers (route, endpoint, path, version, mtime, coalesce(size, -1), content)
    WHERE state <> 'withdrawn';
CREATE INDEX open_transfers ON transfers (route, number) WHERE state NOT IN ('settled', 'withdrawn');

CREATE TABLE outputs (
    transfer_id  TEXT NOT NULL REFERENCES transfers (id),
    ordinal      INTEGER NOT NULL,
    to_format    TEXT NOT NULL CHECK (to_format IN ('legacy', 'standard')),
    spool_name   TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    records      INTEGER,
    place        TEXT NOT NULL,   -- of the end that it was made for, endpoint:path
    endpoint     TEXT,
    path         TEXT,
    temporary    TEXT,
    handle       TEXT,
    reserved     INTEGER NOT NULL DEFAULT 0,
    marking      INTEGER NOT NULL DEFAULT 0,
    delivered_at TEXT,
    PRIMARY KEY (transfer_id, ordinal)
);
-- A name at a destination belongs to one output until the destination may show it again.
CREATE UNIQUE INDEX one_owner_per_name ON outputs (endpoint, path) WHERE reserved = 1;

CREATE TABLE events (
    number      INTEGER PRIMARY KEY,
    at          TEXT NOT NULL,
    transfer_id TEXT NOT NULL,
    event       TEXT NOT NULL,
    from_state  TEXT,
    to_state    TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX events_of_transfer ON events (transfer_id, number);

CREATE TABLE sequences (
    series TEXT PRIMARY KEY,
    last   INTEGER NOT NULL
);

CREATE TABLE runs (
    route        TEXT PRIMARY KEY,
    last_slot    TEXT,
    last_run     TEXT,
    last_outcome TEXT,
    last_success TEXT,
    last_error   TEXT
);

-- Machines that share the routes of one city. A beat is a number that its node raises; others watch whether it moves.
CREATE TABLE nodes (
    node     TEXT PRIMARY KEY,
    home     TEXT NOT NULL,               -- its state folder's own mark: another folder is another machine
    session  TEXT NOT NULL,               -- of this very start; empty: it has stopped, or others have taken its leases
    host     TEXT NOT NULL,
    version  TEXT NOT NULL,
    beat     INTEGER NOT NULL,
    seen_at  TEXT NOT NULL,
    draining INTEGER NOT NULL DEFAULT 0   -- a person wants it without routes
);

-- Which node carries a route, or does what runs once in the city (work ''); the generation grows with each holder.
CREATE TABLE leases (
    work       TEXT PRIMARY KEY,
    node       TEXT NOT NULL,             -- empty: free
    generation INTEGER NOT NULL,
    former     TEXT NOT NULL DEFAULT '',  -- the node that held it before
    taken_at   TEXT NOT NULL
);
CREATE INDEX leases_of_node ON leases (node);

-- Routes that a person has bound to another node than the configuration names.
CREATE TABLE bindings (
    route   TEXT PRIMARY KEY,
    node    TEXT NOT NULL,
    made_at TEXT NOT NULL
);

-- The node in whose spool a transfer's files lie; empty where one gateway runs alone.
ALTER TABLE transfers ADD COLUMN node TEXT NOT NULL DEFAULT '';

-- What is kept as evidence is kept by each node for itself.
ALTER TABLE kept RENAME TO kept_alone;
CREATE TABLE kept (
    node    TEXT NOT NULL DEFAULT '',
    store   TEXT NOT NULL CHECK (store IN ('originals', 'outputs', 'states', 'undos')),
    sha256  TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    stored  INTEGER NOT NULL,
    packed  INTEGER NOT NULL DEFAULT 0,
    kept_at TEXT NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (node, store, sha256)
);
INSERT INTO kept (store, sha256, bytes, stored, packed, kept_at, used_at)
    SELECT store, sha256, bytes, stored, packed, kept_at, used_at FROM kept_alone;
DROP TABLE kept_alone;
CREATE INDEX kept_by_use ON kept (node, store, used_at);
CREATE INDEX kept_sizes ON kept (node, store, bytes, stored);
CREATE INDEX kept_unpacked ON kept (node, kept_at) WHERE packed = 0;

-- What a person stopped, until an instant or until somebody lets it go on.
CREATE TABLE pauses (
    number   INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL CHECK (kind IN ('route', 'endpoint', 'vendor')),
    name     TEXT NOT NULL,
    who      TEXT NOT NULL,
    reason   TEXT NOT NULL,
    made_at  TEXT NOT NULL,
    until    TEXT,
    ended_at TEXT
);
CREATE UNIQUE INDEX one_pause_per_name ON pauses (kind, name) WHERE ended_at IS NULL;

-- What is wrong and not over: one row for as long as it lasts, however often it is reported.
CREATE TABLE alarms (
    number      INTEGER PRIMARY KEY,
    event       TEXT NOT NULL,
    subject     TEXT NOT NULL,
    route       TEXT NOT NULL,
    vendor      TEXT NOT NULL,
    detail      TEXT NOT NULL,
    next_action TEXT NOT NULL,
    raised_at   TEXT NOT NULL,
    last_at     TEXT NOT NULL,
    times       INTEGER NOT NULL,
    ended_at    TEXT,
    acked_by    TEXT,
    acked_at    TEXT,
    acked_until TEXT,
    note        TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX one_alarm_per_subject ON alarms (event, subject) WHERE ended_at IS NULL;
CREATE INDEX alarms_ended ON alarms (ended_at);

-- Who was told of which alarm, by which way.
CREATE TABLE tellings (
    alarm INTEGER NOT NULL REFERENCES alarms (number),
    way   TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('raised', 'escalated', 'recovered')),
    at    TEXT NOT NULL,
    PRIMARY KEY (alarm, way, stage)
);

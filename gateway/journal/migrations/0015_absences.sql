-- Places that are left alone because they do not answer or refuse us: how often, until when, and at what address and secrets.
CREATE TABLE absences (
    endpoint TEXT PRIMARY KEY,
    until    TEXT NOT NULL,
    failures INTEGER NOT NULL,
    opened   INTEGER NOT NULL,
    refused  TEXT NOT NULL,
    hint     TEXT NOT NULL,
    asked    TEXT NOT NULL
);

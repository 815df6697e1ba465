-- Deliveries that were also written to a shadow place, or could not be.
CREATE TABLE shadows (
    transfer_id TEXT PRIMARY KEY REFERENCES transfers (id),
    written     INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    path        TEXT NOT NULL,
    detail      TEXT NOT NULL,
    at          TEXT NOT NULL
);

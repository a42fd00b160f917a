-- SPDX-License-Identifier: GPL-3.0-or-later
-- Documents with a time, such as lists of processes (storage/snapshots.h): whole, or as what changed since another one.

CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY,
    host_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    root_ms INTEGER NOT NULL, -- the whole document that this one's chain begins with; its own time when it is whole
    base_ms INTEGER NOT NULL, -- the document that it is a delta against; its own time when it is whole
    depth INTEGER NOT NULL,   -- deltas from the whole document; 0: whole
    size INTEGER NOT NULL,    -- of the document, in bytes
    data BLOB NOT NULL,       -- a zstd frame
    UNIQUE (host_id, kind, time_ms)
);
CREATE INDEX snapshots_by_chain ON snapshots (host_id, kind, root_ms);
CREATE INDEX snapshots_by_age ON snapshots (depth, time_ms);

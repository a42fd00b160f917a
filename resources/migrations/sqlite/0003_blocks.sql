-- SPDX-License-Identifier: GPL-3.0-or-later
-- The life of a sample: hot rows until its hour is over, then a row of a sealed block, then of the blocks of rollups.

-- What a host sent for one time, all families (storage/sqlite/hot_frames.h). The key is host × 2^42 + Unix time in
-- milliseconds: clustered by host and time without an index beside it.
CREATE TABLE hot_frames (
    key INTEGER PRIMARY KEY,
    frames BLOB NOT NULL
);

-- The hours that have hot rows.
CREATE TABLE hot_hours (
    host_id INTEGER NOT NULL,
    hour_ms INTEGER NOT NULL,
    PRIMARY KEY (host_id, hour_ms)
) WITHOUT ROWID;
CREATE INDEX hot_hours_by_age ON hot_hours (hour_ms);

-- With a rowid: large rows of a table without one go to overflow pages for the most part.
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    host_id INTEGER NOT NULL,
    family TEXT NOT NULL,
    tier INTEGER NOT NULL, -- 0 raw, 1 five minutes, 2 hours
    start_ms INTEGER NOT NULL,
    part INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    data BLOB NOT NULL, -- libs/metrics/block.h
    UNIQUE (host_id, family, tier, start_ms, part)
);
CREATE INDEX blocks_by_age ON blocks (tier, start_ms);

-- What `blocks` holds per tier, so that nobody has to count.
CREATE TABLE block_sizes (
    tier INTEGER PRIMARY KEY,
    blocks INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    gone_before_ms INTEGER NOT NULL -- what began before was evicted for want of room
);
INSERT INTO block_sizes (tier, blocks, row_count, bytes, gone_before_ms)
VALUES (0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (2, 0, 0, 0, 0);

-- SPDX-License-Identifier: GPL-3.0-or-later
-- Hosts, how each of them is now, the instances (label sets) of their families and the batches that were stored.
-- The tables of samples, m_<family>, are made from the catalogue.

CREATE TABLE hosts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that old samples never turn into another host's
    name TEXT NOT NULL,
    machine_id TEXT NOT NULL,
    os_family TEXT NOT NULL,
    os TEXT NOT NULL,
    kernel TEXT NOT NULL,
    architecture TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    enrolled_ms INTEGER NOT NULL,
    certificate_fingerprint BLOB UNIQUE, -- SHA-256 of the DER; null when removed
    certificate_not_after_ms INTEGER NOT NULL,
    removed_ms INTEGER                   -- null while the host belongs to us
);

-- Counts the changes to hosts, so that the server notices those made by another process.
CREATE TABLE hosts_version (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
);
INSERT INTO hosts_version (one, version) VALUES (1, 0);

-- The latest headline numbers; each group carries the time of the frame it came from (0: never had one).
CREATE TABLE host_state (
    host_id INTEGER PRIMARY KEY,
    last_seen_ms INTEGER,
    interval_ms INTEGER NOT NULL,
    cpu_time_ms INTEGER NOT NULL,
    cpu_percent REAL,
    load1 REAL,
    cores REAL,
    memory_time_ms INTEGER NOT NULL,
    memory_percent REAL,
    memory_used_bytes REAL,
    memory_total_bytes REAL,
    disk_time_ms INTEGER NOT NULL,
    disk_mount TEXT, -- null: no disk to speak of
    disk_used_percent REAL,
    disk_used_bytes REAL,
    disk_total_bytes REAL,
    network_time_ms INTEGER NOT NULL,
    receive_bytes_per_second REAL,
    transmit_bytes_per_second REAL,
    system_time_ms INTEGER NOT NULL,
    uptime_seconds REAL
);

CREATE TABLE instances (
    id INTEGER PRIMARY KEY,
    host_id INTEGER NOT NULL,
    family TEXT NOT NULL,
    labels TEXT NOT NULL, -- a JSON object with sorted keys
    UNIQUE (host_id, family, labels)
);

-- The ids of stored batches: what comes again is acknowledged and not stored. Ids sort by time of making.
CREATE TABLE batches (
    id BLOB NOT NULL,
    host_id INTEGER NOT NULL,
    PRIMARY KEY (id, host_id)
) WITHOUT ROWID;

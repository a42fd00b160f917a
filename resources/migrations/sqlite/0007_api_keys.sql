-- SPDX-License-Identifier: GPL-3.0-or-later
-- Keys by which programs without an agent write and read, and where what they write belongs.

-- 'agent': a machine; 'source': no machine, it holds what a key that is bound to no host wrote.
ALTER TABLE hosts ADD COLUMN kind TEXT NOT NULL DEFAULT 'agent';

CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    secret_hash BLOB NOT NULL, -- SHA-256 of the secret
    name TEXT NOT NULL,
    may_read INTEGER NOT NULL,
    may_ingest INTEGER NOT NULL,
    host_id INTEGER, -- into which it writes; null: it may not write
    labels TEXT NOT NULL, -- key="value" pairs that every series it writes has
    created_ms INTEGER NOT NULL,
    last_used_ms INTEGER, -- to a few minutes
    revoked_ms INTEGER
);

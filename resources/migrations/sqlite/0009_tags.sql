-- SPDX-License-Identifier: GPL-3.0-or-later
-- Tags of hosts: what their agents' settings say of them.

ALTER TABLE host_state ADD COLUMN tags_time_ms INTEGER NOT NULL DEFAULT 0; -- of the newest frame that came with them
ALTER TABLE host_state ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';         -- a JSON object

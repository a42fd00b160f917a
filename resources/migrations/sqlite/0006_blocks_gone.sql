-- SPDX-License-Identifier: GPL-3.0-or-later
-- Up to where blocks were removed, because they were old or for want of room. What comes late for a time before that is
-- not put in their place: a part would pass for the whole.
CREATE TABLE blocks_gone (
    tier INTEGER NOT NULL,
    family TEXT NOT NULL,
    before_ms BIGINT NOT NULL,
    PRIMARY KEY (tier, family)
) WITHOUT ROWID;

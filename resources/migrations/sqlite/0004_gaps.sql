-- SPDX-License-Identifier: GPL-3.0-or-later
-- What came from each host, what its agent says of the rest, and what a host's certificate goes through.

-- Merged ranges, the end not included: kind 0 is time in Unix milliseconds, kind 1 numbers of batches. Host 0 is the
-- server: when it ran.
CREATE TABLE delivered (
    host_id BIGINT NOT NULL,
    kind INTEGER NOT NULL,
    range_start BIGINT NOT NULL,
    range_end BIGINT NOT NULL,
    PRIMARY KEY (host_id, kind, range_start)
) WITHOUT ROWID;

CREATE TABLE gap_reports (
    host_id BIGINT NOT NULL,
    cause INTEGER NOT NULL, -- metrics::GapCause
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (host_id, cause, from_ms, to_ms, detail)
) WITHOUT ROWID;

ALTER TABLE hosts ADD COLUMN next_fingerprint BLOB;       -- of a renewed certificate that was not used yet
ALTER TABLE hosts ADD COLUMN next_not_after_ms BIGINT;
ALTER TABLE hosts ADD COLUMN cloned_ms BIGINT;            -- when two machines were seen with its certificate

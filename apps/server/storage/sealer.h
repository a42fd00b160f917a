// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/block_table.h"
#include "server/storage/hot_rows.h"
#include "server/storage/late_hours.h"
#include "server/storage/rollup_table.h"
#include "server/storage/sealed_rows.h"

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

class Database;

/// Turns hot rows into sealed blocks, an hour of a host at a time: reads, rolls up and encodes on the calling thread,
/// which alone changes blocks. Then one short transaction puts the blocks in (of each family the hour's, and what its
/// buckets become part of) and takes the hot rows out; when rows came since they were read it does neither, and the
/// hour is sealed later. So every row is at any time either sealed or hot, nothing is lost or doubled, and the writer
/// is not kept. Buckets of later hours that late rows change are written just before, and again after a crash in
/// between.
class Sealer {
public:
    Sealer(Database& database, HotRows& hot);

    /// Upkeep::seal(). One thread. An hour that fails for good is passed over until the others are done.
    [[nodiscard]] Result<bool> sealOldest(std::int64_t endedByMs, std::int64_t nowMs, std::int64_t quietMs);

    /// What is sealed, for append(); writer thread.
    [[nodiscard]] SealedRows& sealedRows() { return m_sealed; }
    /// Of which append() tells what comes late.
    [[nodiscard]] LateHours& lateHours() { return m_late; }

private:
    [[nodiscard]] Result<std::optional<HotHour>> nextHour(
        QSqlDatabase& reader, std::int64_t endedByMs, std::set<LateHours::Hour> passedOver);
    [[nodiscard]] Result<void> sealHour(QSqlDatabase& reader, const HotHour& hour);
    using Blocks = std::vector<EncodedBlock>;
    /// Adds the block of a family's hour, sealed and hot rows together, and what it rolls up into. Of a damaged
    /// block the parts that cannot be read stay beside it.
    [[nodiscard]] Result<void> encodeFamily(
        QSqlDatabase& reader, const BlockKey& key, const metrics::Block& hot, Blocks& blocks);
    /// Adds what the rows of that hour roll up into.
    [[nodiscard]] Result<void> encodeRollup(
        QSqlDatabase& reader, const BlockKey& key, const metrics::Block& rows, HourRows hourRows, Blocks& blocks);
    /// Rolls up sealed hours after that one again: what their counters grow from may have come with it.
    [[nodiscard]] Result<void> rollUpLater(QSqlDatabase& reader, const HotHour& hour, const metrics::Family& family);

    Database& m_database;
    HotRows& m_hot;
    SealedRows m_sealed;
    LateHours m_late;
    std::set<LateHours::Hour> m_failed;
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/block_table.h"
#include "server/storage/hot_rows.h"
#include "server/storage/sealed_rows.h"

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

class QSqlDatabase;

namespace sextant::server {

class Database;

/// Turns hot rows into sealed blocks, an hour of a host at a time: reads and encodes on the calling thread, then writes
/// family by family in jobs of their own (the block, and the buckets that it rolls up into), and last removes the hot
/// rows, unless more came since: then the hour is sealed again later. A scan in between finds rows both sealed and hot
/// and gives them once; a crash in between leaves an hour that is sealed again with the same result. So nothing is lost
/// or doubled, and no job keeps the writer longer than one family takes.
class Sealer {
public:
    Sealer(Database& database, HotRows& hot);

    /// Upkeep::seal(). One thread. An hour that fails for good (damaged) is passed over until the others are done.
    [[nodiscard]] Result<bool> sealOldest(std::int64_t endedByMs);

    /// What is sealed, for append(); writer thread.
    [[nodiscard]] SealedRows& sealedRows() { return m_sealed; }

private:
    [[nodiscard]] Result<std::optional<HotHour>> nextHour(QSqlDatabase& reader, std::int64_t endedByMs);
    [[nodiscard]] Result<void> sealHour(QSqlDatabase& reader, const HotHour& hour);
    [[nodiscard]] Result<void> sealFamily(QSqlDatabase& reader, const HotHour& hour, HotFamily hot);
    [[nodiscard]] Result<void> rollUp(QSqlDatabase& database, const BlockKey& key, const metrics::Block& rows);
    /// Of sealed hours after that one: what counters grow from may have come with it.
    [[nodiscard]] Result<void> rollUpLater(QSqlDatabase& database, const BlockKey& key);

    Database& m_database;
    HotRows& m_hot;
    SealedRows m_sealed;
    std::set<std::pair<std::int64_t, std::int64_t>> m_failed; ///< host and hour
};

} // namespace sextant::server

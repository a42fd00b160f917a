// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/block_table.h"
#include "server/storage/hot_rows.h"
#include "server/storage/upkeep.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

class Database;

/// Takes blocks out of the store: what is older than it may be, and what there is no room for. Some hundreds at a time,
/// so that the writer is soon free again, and each with all of its parts: what is left of one would pass for all of it.
///
/// A raw block stays while an hour of its host has hot rows that is at most Store::kLateMarginMs away: late rows are
/// put together with all of their hour, and counters with what they grow from, or they are not taken. To that end raw
/// blocks also stay for that margin longer than retention says, and what ended within it, and an hour, is not evicted.
class Removal {
public:
    Removal(Database& database, const HotRows& hot) : m_database(database), m_hot(hot) {}

    /// Upkeep::expire() and evict().
    [[nodiscard]] Result<std::size_t> expire(const Retention& retention, std::int64_t nowMs);
    [[nodiscard]] Result<Evicted> evict(std::int64_t maxBytes, std::int64_t nowMs);

private:
    /// Blocks that ended by some time, the oldest first, at most so many.
    using Find = std::function<Result<std::vector<OldBlock>>(QSqlDatabase& database, std::size_t limit)>;

    [[nodiscard]] Result<std::size_t> expireTier(const Retention& retention, Tier tier, std::int64_t nowMs);
    [[nodiscard]] Result<std::vector<OldBlock>> removable(
        QSqlDatabase& database, Tier tier, std::int64_t endedByMs, const Find& find) const;
    /// `wantedBytes`, of an eviction: no more goes than gives those.
    [[nodiscard]] Result<ErasedBlocks> remove(
        Tier tier, std::int64_t endedByMs, const Find& find, std::optional<std::int64_t> wantedBytes);

    Database& m_database;
    const HotRows& m_hot;
};

} // namespace sextant::server

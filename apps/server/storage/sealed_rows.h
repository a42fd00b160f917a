// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/hot_rows.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>

class QSqlDatabase;

namespace sextant::server {

/// Tells which rows of a late frame are sealed already, so that they are not stored twice. Remembers which hours have
/// no block, so that live frames, which come to hours that are not sealed yet, cost a look into memory only. For the
/// writer thread.
class SealedRows {
public:
    /// Looks up at once which hours of these frames have no block. Nothing depends on it but how often leaveOut() asks
    /// the database by itself.
    [[nodiscard]] Result<void> learn(QSqlDatabase& database, std::span<const HotFrame> frames);

    /// Sets to 0 the instances of the frame whose rows are sealed; gives how many.
    [[nodiscard]] Result<std::size_t> leaveOut(QSqlDatabase& database, HotFrame& hot);

    /// That hour of the host may have blocks from now on.
    void sealed(HostId host, std::int64_t hourMs);

private:
    using Rows = std::set<std::pair<std::int64_t, std::int64_t>>; ///< instance and time
    using Key = std::tuple<std::int64_t, std::int64_t, const metrics::Family*>;

    [[nodiscard]] static Key keyOf(const HotFrame& hot);
    [[nodiscard]] Result<const Rows*> rowsOf(QSqlDatabase& database, const Key& key);

    std::set<Key> m_open; ///< no block has rows of these
    Key m_lastKey{};
    Rows m_last; ///< of the hour that was looked up last: late frames come in order
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"
#include "metrics/result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

class QSqlDatabase;

namespace sextant::server {

/// The days of the wide tables, which are dropped as a whole: PostgreSQL's own partitions (`m_cpu_20261231`), made here
/// when the first row of a day comes and one day ahead; or TimescaleDB's chunks, which make themselves. Writer thread,
/// in the transaction of the caller.
class DayPartitions {
public:
    static constexpr std::int64_t kDayMs = 24LL * 3'600 * 1'000;

    /// There is room for a row of that time.
    [[nodiscard]] Result<void> ensure(QSqlDatabase& database, const metrics::Family& family, std::int64_t timeMs);

    /// What was made in a transaction that failed is not there.
    void forget() { m_days.clear(); }

    /// Drops the days that ended by then; gives how many. Waits only briefly for readers: Busy when it takes longer.
    [[nodiscard]] Result<std::size_t> drop(
        QSqlDatabase& database, const metrics::Family& family, std::int64_t endedByMs);

private:
    using Days = std::set<std::int64_t>; ///< since 1970

    [[nodiscard]] Result<Days*> daysOf(QSqlDatabase& database, const metrics::Family& family);
    [[nodiscard]] Result<void> make(QSqlDatabase& database, const metrics::Family& family, std::int64_t day);

    bool m_isHypertable = false;                   ///< known once m_days has something
    std::map<const metrics::Family*, Days> m_days; ///< those that are there; empty for hypertables
};

} // namespace sextant::server

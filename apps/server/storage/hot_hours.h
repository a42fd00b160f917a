// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/hot_rows.h"

#include <cstddef>
#include <cstdint>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

// The table `hot_hours`: the hours of hosts that have hot rows, the same in every database. How they come in is the
// backend's.

/// As HotRows::hours().
[[nodiscard]] Result<std::vector<HotHour>> hotHours(QSqlDatabase& database, std::int64_t beforeMs, std::size_t limit);

/// As HotRows::hoursOf().
[[nodiscard]] Result<std::vector<std::int64_t>> hotHoursOf(
    QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs);

/// The hour has no hot rows any more.
[[nodiscard]] Result<void> removeHotHour(QSqlDatabase& database, const HotHour& hour);

} // namespace sextant::server

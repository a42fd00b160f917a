// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/clock.h"
#include "server/storage/sql.h"
#include "server/storage/sql_store.h"

#include <memory>

namespace sextant::server {

class Database;

/// The store in that database: SqlStore with the hot rows of its dialect. The database outlives it.
[[nodiscard]] std::unique_ptr<SqlStore> makeStore(Database& database, Clock clock, InstanceLimits limits = {});

/// The hot rows of that dialect, by themselves.
[[nodiscard]] std::unique_ptr<HotRows> makeHotRows(Dialect dialect);

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/sql_store.h"
#include "server/storage/sqlite/hot_frames.h"

#include <utility>

namespace sextant::server {

/// The store in the server's own SQLite file.
class SqliteStore final : public SqlStore {
public:
    SqliteStore(Database& database, Clock clock) : SqlStore(database, std::make_unique<HotFrames>(), std::move(clock))
    {
    }
};

} // namespace sextant::server

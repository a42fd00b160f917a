// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/make_store.h"

#include "server/storage/database.h"
#include "server/storage/postgres/wide_rows.h"
#include "server/storage/sqlite/hot_frames.h"

#include <utility>

namespace sextant::server {

std::unique_ptr<SqlStore> makeStore(Database& database, Clock clock, InstanceLimits limits)
{
    return std::make_unique<SqlStore>(database, makeHotRows(database.dialect()), std::move(clock), limits);
}

std::unique_ptr<HotRows> makeHotRows(Dialect dialect)
{
    if (dialect == Dialect::Postgres)
        return std::make_unique<WideRows>();
    return std::make_unique<HotFrames>();
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/make_store.h"

#include "server/storage/database.h"
#include "server/storage/postgres/wide_rows.h"
#include "server/storage/sqlite/hot_frames.h"

#include <utility>

namespace sextant::server {

std::unique_ptr<SqlStore> makeStore(Database& database, Clock clock)
{
    std::unique_ptr<HotRows> hot;
    if (database.dialect() == Dialect::Postgres)
        hot = std::make_unique<WideRows>();
    else
        hot = std::make_unique<HotFrames>();
    return std::make_unique<SqlStore>(database, std::move(hot), std::move(clock));
}

} // namespace sextant::server

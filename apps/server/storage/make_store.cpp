// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/make_store.h"

#include "server/storage/database.h"
#include "server/storage/sqlite/hot_frames.h"

#include <utility>

namespace sextant::server {

std::unique_ptr<SqlStore> makeStore(Database& database, Clock clock)
{
    return std::make_unique<SqlStore>(database, std::make_unique<HotFrames>(), std::move(clock));
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

class QSqlDatabase;

namespace sextant::server {

/// Until schema 2 samples were kept in a table per family, `m_<family>`, with a row per host, time and instance. Moves
/// what such tables hold into the hot rows and drops them; does nothing when there are none. In transactions of its
/// own, a bounded number of rows each: what was interrupted goes on at the next start.
[[nodiscard]] Result<void> moveOldTables(QSqlDatabase& database);

} // namespace sextant::server

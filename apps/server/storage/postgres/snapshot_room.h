// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

class QSqlDatabase;

namespace sextant::server {

/// Makes the table `snapshot_room`: how many snapshots there are and the bytes of their data, in one row that triggers
/// keep. The table of snapshots does not shrink when some are removed, and what it needs must be known without reading
/// it. In a transaction of the caller.
[[nodiscard]] Result<void> prepareSnapshotRoom(QSqlDatabase& database);

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/store.h"

#include <QByteArray>

#include <span>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

/// How the id of a batch is kept in the table `batches`.
[[nodiscard]] QByteArray bytesOf(const metrics::BatchId& id);

/// Records the ids of the batches; tells of each, in order, whether it is new. Of two that are the same the first is.
[[nodiscard]] Result<std::vector<bool>> recordBatches(QSqlDatabase& database, std::span<const HostBatch> group);

} // namespace sextant::server

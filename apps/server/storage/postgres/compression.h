// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QString>
#include <QStringList>

#include <functional>

class QSqlDatabase;

namespace sextant::server {

// Compression by TimescaleDB's own policy, which only its TSL edition has. With it the rows of sealed hours stay in
// the wide tables, compressed, and no blocks of raw samples are made.

using RunStatement = std::function<Result<void>(const QString&)>;

/// Turns it on for those tables. False when the server says that it does not have it (0A000), whatever its licence
/// promised; what was turned on until then does no harm.
[[nodiscard]] Result<bool> enableCompression(const QStringList& tables, const RunStatement& run);

/// Turns it on where the licence has it and where it is not on, and notes in the table `sealing` whether rows stay.
/// Outside a transaction, under SchemaLock.
[[nodiscard]] Result<void> prepareCompression(QSqlDatabase& database);

} // namespace sextant::server

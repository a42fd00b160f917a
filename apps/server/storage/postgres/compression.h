// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/postgres/abilities.h"

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

/// Turns it on, through `run`, for the wide tables where it is not on. False: blocks of raw samples are to be made, for
/// it is not promised, the tables are no hypertables, or it was refused.
[[nodiscard]] Result<bool> compressTables(
    QSqlDatabase& database, const PostgresAbilities& abilities, const RunStatement& run);

/// Does so on the connection and notes in the table `sealing` whether rows stay. `refused` says that the server refused
/// before, and is set when it does: what it does not have is asked for, and told, once. Outside a transaction, under
/// SchemaLock.
[[nodiscard]] Result<void> prepareCompression(
    QSqlDatabase& database, const PostgresAbilities& abilities, bool& refused);

} // namespace sextant::server

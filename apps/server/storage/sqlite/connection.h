// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QString>

#include <string_view>

class QSqlError;

namespace sextant::server {

struct DatabaseOptions;

/// Turns what SQLite reports into our closed list: locked, out of memory and full are Busy (try again later), failures
/// of the disk or the file are Io, constraints Conflict, the rest Internal. `what` says what was being done.
[[nodiscard]] Error sqliteError(const QSqlError& error, std::string_view what);

/// Opens the one connection that writes, under that name, in the calling thread: WAL, synchronous=FULL.
[[nodiscard]] Result<QSqlDatabase> openWriter(const QString& connectionName, const DatabaseOptions& options);

/// Opens a connection that cannot write, under that name, in the calling thread.
[[nodiscard]] Result<QSqlDatabase> openReader(const QString& connectionName, const DatabaseOptions& options);

} // namespace sextant::server

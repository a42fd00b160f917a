// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QSqlDatabase>
#include <QString>

#include <string_view>

class QSqlError;
class QSqlQuery;

namespace sextant::server {

struct DatabaseOptions;

/// Turns what SQLite reports into our closed list: locked, out of memory and full are Busy (try again later), failures
/// of the disk or the file are Io, constraints Conflict, the rest Internal. `what` says what was being done.
[[nodiscard]] Error sqliteError(const QSqlError& error, std::string_view what);

/// Runs one statement that needs no parameters.
[[nodiscard]] Result<void> execute(QSqlDatabase& database, const QString& sql);

/// Runs a prepared and bound statement.
[[nodiscard]] Result<void> execute(QSqlQuery& query);

/// Prepares a statement, for reading forward only.
[[nodiscard]] Result<QSqlQuery> prepare(QSqlDatabase& database, const QString& sql);

/// Opens the one connection that writes, under that name, in the calling thread: WAL, synchronous=FULL.
[[nodiscard]] Result<QSqlDatabase> openWriter(const QString& connectionName, const DatabaseOptions& options);

/// Opens a connection that cannot write, under that name, in the calling thread.
[[nodiscard]] Result<QSqlDatabase> openReader(const QString& connectionName, const DatabaseOptions& options);

} // namespace sextant::server

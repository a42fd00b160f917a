// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QSqlDatabase>
#include <QString>

#include <cstdint>
#include <string_view>

class QSqlQuery;

namespace sextant::server {

// What every database of ours is asked through: statements that SQLite and PostgreSQL both understand, and errors
// from our closed list. Where the two differ, a function here knows; the rest of the server does not.

/// The databases that the server can stand on. TimescaleDB is PostgreSQL here.
enum class Dialect : std::uint8_t { Sqlite, Postgres };

[[nodiscard]] Dialect dialectOf(const QSqlDatabase& database);

/// Why the query failed, from our closed list: sqliteError() or postgresError(), whichever the database is.
[[nodiscard]] Error sqlError(const QSqlQuery& query, std::string_view what);

/// Runs one statement that needs no parameters.
[[nodiscard]] Result<void> execute(QSqlDatabase& database, const QString& sql);

/// Runs a prepared and bound statement.
[[nodiscard]] Result<void> execute(QSqlQuery& query);

/// Prepares a statement, for reading forward only.
[[nodiscard]] Result<QSqlQuery> prepare(QSqlDatabase& database, const QString& sql);

/// Runs a prepared and bound INSERT … RETURNING of one whole number, and gives that number.
[[nodiscard]] Result<std::int64_t> insertReturning(QSqlQuery& query);

/// Begins a transaction that is going to write.
[[nodiscard]] Result<void> beginWrite(QSqlDatabase& database);

} // namespace sextant::server

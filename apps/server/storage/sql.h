// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/statement.h"

#include <QSqlDatabase>
#include <QString>
#include <QVariant>

#include <cstdint>
#include <string_view>

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
[[nodiscard]] Result<Statement> prepare(QSqlDatabase& database, const QString& sql);

/// Runs a SELECT without parameters: what varies in it are numbers and names of our own.
[[nodiscard]] Result<QSqlQuery> select(QSqlDatabase& database, const QString& sql);

/// Steps to the next row of a query that was run: true; false: there is none (more); an error: reading failed. next()
/// alone takes a disk that fails for a row that is not there.
[[nodiscard]] Result<bool> nextRow(QSqlQuery& query);

/// The first value of the first row of a query that was run; null: there is no row.
[[nodiscard]] Result<QVariant> firstValue(QSqlQuery& query);

/// After a loop over next(): whether all rows were read, or reading on failed, as nextRow().
[[nodiscard]] Result<void> allRead(const QSqlQuery& query);

/// Runs a prepared and bound INSERT … RETURNING of one whole number, and gives that number.
[[nodiscard]] Result<std::int64_t> insertReturning(QSqlQuery& query);

/// Begins a transaction that is going to write.
[[nodiscard]] Result<void> beginWrite(QSqlDatabase& database);

/// Begins a transaction that only reads: all its statements see one state of the database.
[[nodiscard]] Result<void> beginRead(QSqlDatabase& database);

/// Ends what beginRead() began. `failed`: a statement of it did.
void endRead(QSqlDatabase& database, bool failed);

/// Frees statements whose queries went while their transaction had failed: PostgreSQL keeps those. Queries that are
/// still prepared on this connection are of no use after it.
void freeStatements(QSqlDatabase& database);

/// Bytes that the database uses on disk, without room that it will use again. For PostgreSQL, whose tables of blocks
/// and of snapshots do not shrink, what those need stands for what their tables take.
[[nodiscard]] Result<std::int64_t> usedBytes(QSqlDatabase& database);

} // namespace sextant::server

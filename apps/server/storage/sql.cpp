// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql.h"

#include "server/storage/postgres/connection.h"
#include "server/storage/sqlite/connection.h"

#include <QSqlDriver>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <utility>

namespace sextant::server {
namespace {

const QString kSqliteUsed = QStringLiteral("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
                                           "pragma_freelist_count, pragma_page_size");
/// The room of a block or a snapshot beside its bytes: row, index entries, and the headers of the pieces that it is
/// kept in.
const QString kPostgresUsed = QStringLiteral(
    "SELECT pg_database_size(current_database()) - pg_total_relation_size('blocks') + "
    "least(pg_total_relation_size('blocks'), (SELECT sum(bytes * 1.05 + blocks * 250)::bigint FROM block_sizes)) - "
    "pg_total_relation_size('snapshots') + least(pg_total_relation_size('snapshots'), (SELECT (bytes * 1.05 + "
    "snapshots * 300)::bigint FROM snapshot_room))");

Dialect dialectOf(const QSqlDriver* driver)
{
    return driver && driver->dbmsType() == QSqlDriver::PostgreSQL ? Dialect::Postgres : Dialect::Sqlite;
}

} // namespace

Dialect dialectOf(const QSqlDatabase& database)
{
    return dialectOf(database.driver());
}

Error sqlError(const QSqlQuery& query, std::string_view what)
{
    return dialectOf(query.driver()) == Dialect::Postgres ? postgresError(query.lastError(), what)
                                                          : sqliteError(query.lastError(), what);
}

Result<void> execute(QSqlDatabase& database, const QString& sql)
{
    QSqlQuery query(database);
    if (!query.exec(sql))
        return tl::unexpected(sqlError(query, sql.left(120).toStdString()));
    return {};
}

Result<void> execute(QSqlQuery& query)
{
    if (!query.exec())
        return tl::unexpected(sqlError(query, query.lastQuery().left(120).toStdString()));
    return {};
}

Result<Statement> prepare(QSqlDatabase& database, const QString& sql)
{
    if (auto kept = Statement::kept(database, sql))
        return Statement(std::move(*kept), database);
    QSqlQuery query(database);
    // QPSQL would fetch a forward-only result row by row, and lose what is left of it when another statement runs.
    query.setForwardOnly(dialectOf(database) == Dialect::Sqlite);
    if (!query.prepare(sql))
        return tl::unexpected(sqlError(query, sql.left(120).toStdString()));
    return Statement(std::move(query), database);
}

Result<QSqlQuery> select(QSqlDatabase& database, const QString& sql)
{
    QSqlQuery query(database);
    if (!query.exec(sql))
        return tl::unexpected(sqlError(query, sql.left(120).toStdString()));
    return query;
}

Result<bool> nextRow(QSqlQuery& query)
{
    if (query.next())
        return true;
    const auto read = allRead(query);
    return read ? Result<bool>(false) : tl::unexpected(read.error());
}

Result<QVariant> firstValue(QSqlQuery& query)
{
    return nextRow(query).map([&query](bool isThere) { return isThere ? query.value(0) : QVariant(); });
}

Result<void> allRead(const QSqlQuery& query)
{
    if (query.lastError().isValid())
        return tl::unexpected(sqlError(query, query.lastQuery().left(120).toStdString()));
    return {};
}

Result<std::int64_t> insertReturning(QSqlQuery& query)
{
    if (auto done = execute(query); !done)
        return tl::unexpected(done.error());
    const auto came = nextRow(query);
    if (!came)
        return tl::unexpected(came.error());
    if (!*came)
        return fail(ErrorCode::Internal, "no row came back from: " + query.lastQuery().left(120).toStdString());
    const std::int64_t number = query.value(0).toLongLong();
    query.finish();
    return number;
}

Result<void> beginWrite(QSqlDatabase& database)
{
    // SQLite takes its lock for writing at once, so that waiting for it happens here and nowhere else.
    return execute(database,
        dialectOf(database) == Dialect::Postgres ? QStringLiteral("BEGIN") : QStringLiteral("BEGIN IMMEDIATE"));
}

Result<void> beginRead(QSqlDatabase& database)
{
    return execute(database, dialectOf(database) == Dialect::Postgres
                                 ? QStringLiteral("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                                 : QStringLiteral("BEGIN"));
}

void endRead(QSqlDatabase& database, bool failed)
{
    // Nothing was written; when this fails the connection is gone, and the transaction with it.
    QSqlQuery(database).exec(QStringLiteral("ROLLBACK"));
    if (failed)
        freeStatements(database);
}

void freeStatements(QSqlDatabase& database)
{
    if (dialectOf(database) != Dialect::Postgres)
        return;
    Statement::freeKept(database);
    QSqlQuery(database).exec(QStringLiteral("DEALLOCATE ALL"));
}

Result<std::int64_t> usedBytes(QSqlDatabase& database)
{
    auto query = select(database, dialectOf(database) == Dialect::Postgres ? kPostgresUsed : kSqliteUsed);
    if (!query)
        return tl::unexpected(query.error());
    return firstValue(*query).map([](const QVariant& bytes) { return std::int64_t{bytes.toLongLong()}; });
}

} // namespace sextant::server

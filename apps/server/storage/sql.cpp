// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql.h"

#include "server/storage/postgres/connection.h"
#include "server/storage/sqlite/connection.h"

#include <QSqlDriver>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

namespace sextant::server {
namespace {

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

Result<QSqlQuery> prepare(QSqlDatabase& database, const QString& sql)
{
    QSqlQuery query(database);
    // QPSQL would fetch a forward-only result row by row, and lose what is left of it when another statement runs.
    query.setForwardOnly(dialectOf(database) == Dialect::Sqlite);
    if (!query.prepare(sql))
        return tl::unexpected(sqlError(query, sql.left(120).toStdString()));
    return query;
}

Result<std::int64_t> insertReturning(QSqlQuery& query)
{
    if (auto done = execute(query); !done)
        return tl::unexpected(done.error());
    if (!query.next())
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

} // namespace sextant::server

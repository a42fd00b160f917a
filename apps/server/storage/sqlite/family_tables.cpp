// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/family_tables.h"

#include "server/storage/sqlite/connection.h"

#include <QSet>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include <string_view>

namespace sextant::server {
namespace {

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

/// Names come from the catalogue, never from outside; quoted because some are SQL words.
QString quoted(std::string_view name)
{
    return u'"' + text(name) + u'"';
}

QString columnSql(const metrics::Column& column)
{
    return quoted(column.name) +
           (column.storage == metrics::Storage::Real ? QStringLiteral(" REAL") : QStringLiteral(" INTEGER"));
}

Result<void> addMissingColumns(QSqlDatabase& database, const metrics::Family& family)
{
    auto query = prepare(database, QStringLiteral("SELECT name FROM pragma_table_info(?)"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, tableName(family));
    if (auto done = execute(*query); !done)
        return done;
    QSet<QString> present;
    while (query->next())
        present.insert(query->value(0).toString());
    query->finish();
    for (const metrics::Column& column : family.columns) {
        if (present.contains(text(column.name)))
            continue;
        auto added =
            execute(database, QStringLiteral("ALTER TABLE %1 ADD COLUMN %2").arg(tableName(family), columnSql(column)));
        if (!added)
            return added;
    }
    return {};
}

Result<void> ensureTables(QSqlDatabase& database, std::span<const metrics::Family> families)
{
    for (const metrics::Family& family : families) {
        auto done = execute(database, createTableSql(family));
        if (done)
            done = addMissingColumns(database, family);
        if (!done)
            return done;
    }
    return {};
}

} // namespace

QString tableName(const metrics::Family& family)
{
    return QStringLiteral("m_") + text(family.name);
}

QString createTableSql(const metrics::Family& family)
{
    QStringList columns{QStringLiteral("host_id INTEGER NOT NULL"), QStringLiteral("time INTEGER NOT NULL"),
        QStringLiteral("instance_id INTEGER NOT NULL"), QStringLiteral("interval_ms INTEGER NOT NULL")};
    for (const metrics::Column& column : family.columns)
        columns.push_back(columnSql(column));
    columns.push_back(QStringLiteral("PRIMARY KEY (host_id, time, instance_id)"));
    return QStringLiteral("CREATE TABLE IF NOT EXISTS %1 (%2) WITHOUT ROWID")
        .arg(tableName(family), columns.join(QStringLiteral(", ")));
}

QString insertSql(const metrics::Family& family)
{
    QStringList names{QStringLiteral("host_id"), QStringLiteral("time"), QStringLiteral("instance_id"),
        QStringLiteral("interval_ms")};
    for (const metrics::Column& column : family.columns)
        names.push_back(quoted(column.name));
    const QStringList marks(names.size(), QStringLiteral("?"));
    return QStringLiteral("INSERT INTO %1 (%2) VALUES (%3) ON CONFLICT DO NOTHING")
        .arg(tableName(family), names.join(QStringLiteral(", ")), marks.join(QStringLiteral(", ")));
}

QString selectSql(const metrics::Family& family, std::span<const std::size_t> columns, bool newestFirst)
{
    QStringList names{QStringLiteral("time"), QStringLiteral("interval_ms"), QStringLiteral("instance_id")};
    for (const std::size_t column : columns)
        names.push_back(quoted(family.columns[column].name));
    return QStringLiteral("SELECT %1 FROM %2 WHERE host_id = ? AND time >= ? AND time < ? ORDER BY time%3")
        .arg(names.join(QStringLiteral(", ")), tableName(family), newestFirst ? QStringLiteral(" DESC") : QString());
}

Result<void> ensureFamilyTables(QSqlDatabase& database, std::span<const metrics::Family> families)
{
    auto done = execute(database, QStringLiteral("BEGIN IMMEDIATE"));
    if (!done)
        return done;
    done = ensureTables(database, families);
    if (done)
        done = execute(database, QStringLiteral("COMMIT"));
    if (!done)
        QSqlQuery(database).exec(QStringLiteral("ROLLBACK"));
    return done;
}

} // namespace sextant::server

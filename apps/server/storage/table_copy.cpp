// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/table_copy.h"

#include "server/storage/sql.h"

#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QVariant>

#include <algorithm>
#include <map>
#include <utility>

namespace sextant::server {
namespace {

/// Values of one INSERT: few enough for every database, many enough that the way there and back costs little.
constexpr std::size_t kValuesAtOnce = 800;

/// What stands in a row; drivers give an empty text or blob as a null one.
QVariant valueAt(const QSqlQuery& query, int column)
{
    if (query.isNull(column))
        return {};
    QVariant value = query.value(column);
    if (value.userType() == QMetaType::QString && value.toString().isNull())
        return QStringLiteral("");
    if (value.userType() == QMetaType::QByteArray && value.toByteArray().isNull())
        return QByteArray("");
    return value;
}

QVariantList rowAt(const QSqlQuery& query)
{
    QVariantList row;
    for (int column = 0; column < query.record().count(); ++column)
        row.append(valueAt(query, column));
    return row;
}

Result<Statement> run(QSqlDatabase& database, const QString& sql, const QVariantList& values)
{
    auto query = prepare(database, sql);
    if (!query)
        return query;
    for (int i = 0; i < values.size(); ++i)
        query->bindValue(i, values[i]);
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return query;
}

Result<std::vector<QVariantList>> readAll(QSqlDatabase& database, const QString& sql, const QVariantList& values)
{
    auto query = run(database, sql, values);
    if (!query)
        return tl::unexpected(query.error());
    std::vector<QVariantList> rows;
    while (query->next())
        rows.push_back(rowAt(*query));
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return rows;
}

QString whereKey(const KeyedTable& table)
{
    QStringList terms{QStringLiteral("host_id = ?")};
    for (const QString& column : table.key)
        terms.append(column + QStringLiteral(" = ?"));
    return terms.join(QStringLiteral(" AND "));
}

/// A key as text that is equal whichever database it came from.
QByteArray textOf(std::span<const QVariant> values)
{
    QByteArray text;
    for (const QVariant& value : values)
        text += value.toByteArray() + '\0';
    return text;
}

} // namespace

Result<QStringList> columnsOf(QSqlDatabase& database, const QString& table)
{
    auto query = run(database, QStringLiteral("SELECT * FROM %1 LIMIT 0").arg(table), {});
    if (!query)
        return tl::unexpected(query.error());
    QStringList columns;
    const QSqlRecord record = query->record();
    for (int i = 0; i < record.count(); ++i)
        columns.append(record.fieldName(i));
    return columns;
}

Result<TableRows> readRows(QSqlDatabase& database, const QString& table, const QStringList& columns,
    const QString& where, const QVariantList& values)
{
    auto rows = readAll(database, QStringLiteral("SELECT %1 FROM %2 %3").arg(columns.join(u','), table, where), values);
    if (!rows)
        return tl::unexpected(rows.error());
    return TableRows{table, columns, std::move(*rows)};
}

Result<void> insertRows(QSqlDatabase& database, const TableRows& rows, bool ifMissing)
{
    const auto width = static_cast<std::size_t>(rows.columns.size());
    const std::size_t atOnce = std::max<std::size_t>(1, kValuesAtOnce / width);
    const QString tuple = u'(' + QStringList(rows.columns.size(), QStringLiteral("?")).join(u',') + u')';
    for (std::size_t first = 0; first < rows.rows.size(); first += atOnce) {
        const std::size_t end = std::min(first + atOnce, rows.rows.size());
        QStringList tuples;
        QVariantList values;
        for (std::size_t i = first; i < end; ++i) {
            tuples.append(tuple);
            values += rows.rows[i];
        }
        auto done = executeWith(database,
            QStringLiteral("INSERT INTO %1 (%2) VALUES %3%4")
                .arg(rows.table, rows.columns.join(u','), tuples.join(u','),
                    ifMissing ? QStringLiteral(" ON CONFLICT DO NOTHING") : QString()),
            values);
        if (!done)
            return done;
    }
    return {};
}

Result<void> executeWith(QSqlDatabase& database, const QString& sql, const QVariantList& values)
{
    return run(database, sql, values).map([](const QSqlQuery&) {});
}

Result<QVariantList> readOne(QSqlDatabase& database, const QString& sql, const QVariantList& values)
{
    auto rows = readAll(database, sql, values);
    if (!rows)
        return tl::unexpected(rows.error());
    if (rows->empty())
        return fail(ErrorCode::Internal, "no row came back from: " + sql.left(120).toStdString());
    return std::move(rows->front());
}

Result<Difference> compareRows(QSqlDatabase& source, QSqlDatabase& target, const KeyedTable& table, qint64 host)
{
    const QString sql =
        QStringLiteral("SELECT %1 FROM %2 WHERE host_id = ?").arg((table.key + table.print).join(u','), table.name);
    auto wanted = readAll(source, sql, {host});
    auto found = readAll(target, sql, {host});
    if (!wanted || !found)
        return tl::unexpected(!wanted ? wanted.error() : found.error());
    const auto keySize = static_cast<std::size_t>(table.key.size());
    std::map<QByteArray, std::pair<QByteArray, QVariantList>> there;
    for (const QVariantList& row : *found) {
        const std::span values(row.constData(), static_cast<std::size_t>(row.size()));
        there[textOf(values.first(keySize))] = {textOf(values.subspan(keySize)), row.first(table.key.size())};
    }
    Difference difference;
    for (const QVariantList& row : *wanted) {
        const std::span values(row.constData(), static_cast<std::size_t>(row.size()));
        const auto same = there.find(textOf(values.first(keySize)));
        if (same == there.end() || same->second.first != textOf(values.subspan(keySize)))
            difference.changed.push_back(row.first(table.key.size()));
        if (same != there.end())
            there.erase(same);
    }
    for (auto& [text, rest] : there)
        difference.gone.push_back(std::move(rest.second));
    return difference;
}

Result<TableRows> readKeyed(
    QSqlDatabase& source, const KeyedTable& table, qint64 host, std::span<const QVariantList> keys)
{
    TableRows all{table.name, QStringList{QStringLiteral("host_id")} + table.key + table.rest, {}};
    for (const QVariantList& key : keys) {
        auto rows = readRows(
            source, table.name, all.columns, QStringLiteral("WHERE ") + whereKey(table), QVariantList{host} + key);
        if (!rows)
            return rows;
        std::ranges::move(rows->rows, std::back_inserter(all.rows));
    }
    return all;
}

Result<void> eraseKeyed(QSqlDatabase& target, const KeyedTable& table, qint64 host, std::span<const QVariantList> keys)
{
    const QString sql = QStringLiteral("DELETE FROM %1 WHERE %2").arg(table.name, whereKey(table));
    for (const QVariantList& key : keys) {
        if (auto done = executeWith(target, sql, QVariantList{host} + key); !done)
            return done;
    }
    return {};
}

} // namespace sextant::server

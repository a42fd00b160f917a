// SPDX-License-Identifier: GPL-3.0-or-later
#include "kept_database.h"

#include "server/storage/migrations.h"
#include "server/storage/scan_rows.h"
#include "server/storage/sqlite/connection.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QSqlRecord>
#include <QUrl>
#include <QVariant>

#include <algorithm>
#include <numeric>
#include <vector>

namespace sextant::testing {

using namespace server;

namespace {

const QString kConnection = QStringLiteral("kept-database");

/// A connection for as long as this object lives.
class Connection {
public:
    explicit Connection(const QString& path)
    {
        auto database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), kConnection);
        database.setDatabaseName(path);
        m_isOpen = database.open();
    }
    ~Connection() { QSqlDatabase::removeDatabase(kConnection); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] bool isOpen() const { return m_isOpen; }

private:
    bool m_isOpen = false;
};

QByteArray textOf(metrics::Value value)
{
    return value.isFixed() ? QByteArray::number(static_cast<qint64>(value.scaled()))
                           : 'r' + QByteArray::number(std::bit_cast<quint64>(value.asReal()), 16);
}

QByteArray lineOf(HostId host, const metrics::Family& family, const Instance& instance, const ScannedRow& row)
{
    QByteArray line = QByteArray::number(host.value) + '\t' +
                      QByteArray(family.name.data(), static_cast<qsizetype>(family.name.size())) + '\t';
    for (const std::string& label : instance.labels)
        line += QUrl::toPercentEncoding(QString::fromStdString(label)) + ',';
    line += '\t' + QByteArray::number(static_cast<qint64>(row.timeMs)) + '\t' + QByteArray::number(row.intervalMs);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const std::string_view name = family.columns[i].name;
        if (!row.cells[i].isAbsent())
            line += '\t' + QByteArray(name.data(), static_cast<qsizetype>(name.size())) + '=' + textOf(row.cells[i]);
    }
    return line;
}

Result<void> addFamily(const Store& store, HostId host, const metrics::Family& family, std::vector<QByteArray>& lines)
{
    const auto instances = store.instances(host, family);
    if (!instances)
        return tl::unexpected(instances.error());
    std::vector<std::size_t> columns(family.columns.size());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    const SeriesScan all{host, &family, columns, kKeptStartMs, kKeptEndMs, false};
    return scanRows(store, all, [&](const ScannedRow& row) {
        const auto instance = std::ranges::find(*instances, row.instance, &Instance::id);
        if (instance != instances->end())
            lines.push_back(lineOf(host, family, *instance, row));
        return true;
    });
}

/// An INSERT for every row of a table.
Result<void> addRows(QSqlDatabase& database, const QString& table, QByteArray& text)
{
    const QSqlRecord columns = database.record(table);
    QStringList expressions;
    for (int i = 0; i < columns.count(); ++i)
        expressions += QStringLiteral("quote(\"%1\")").arg(columns.fieldName(i));
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT %1 FROM \"%2\"").arg(expressions.join(u','), table)))
        return tl::unexpected(sqliteError(query.lastError(), "cannot read " + table.toStdString()));
    while (query.next()) {
        QStringList values;
        for (int i = 0; i < columns.count(); ++i)
            values += query.value(i).toString();
        text += "INSERT INTO \"" + table.toUtf8() + "\" VALUES (" + values.join(u',').toUtf8() + ");\n";
    }
    return {};
}

} // namespace

Result<QByteArray> samplesOf(const Store& store)
{
    std::vector<QByteArray> lines;
    for (std::int64_t host = 1; host <= kKeptHosts; ++host) {
        for (const metrics::Family& family : metrics::families()) {
            if (auto added = addFamily(store, HostId{host}, family, lines); !added)
                return tl::unexpected(added.error());
        }
    }
    std::ranges::sort(lines);
    QByteArray text;
    for (const QByteArray& line : lines)
        text += line + '\n';
    return text;
}

Result<QByteArray> dumpSqlite(const QString& path)
{
    const Connection connection(path);
    QSqlDatabase database = QSqlDatabase::database(kConnection, false);
    if (!connection.isOpen())
        return tl::unexpected(sqliteError(database.lastError(), "cannot open the database"));
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
                                   "AND name NOT LIKE 'sqlite_%' ORDER BY rowid")))
        return tl::unexpected(sqliteError(query.lastError(), "cannot read the schema"));
    QByteArray text;
    QStringList tables = database.tables();
    while (query.next())
        text += query.value(1).toString().toUtf8() + ";\n";
    tables.sort();
    for (const QString& table : tables) {
        if (auto added = addRows(database, table, text); !added)
            return tl::unexpected(added.error());
    }
    return text;
}

Result<void> makeSqlite(const QString& path, const QByteArray& sql)
{
    const Connection connection(path);
    QSqlDatabase database = QSqlDatabase::database(kConnection, false);
    if (!connection.isOpen())
        return tl::unexpected(sqliteError(database.lastError(), "cannot open the database"));
    auto done = execute(database, QStringLiteral("BEGIN"));
    for (const QString& statement : splitStatements(QString::fromUtf8(sql))) {
        if (done)
            done = execute(database, statement);
    }
    return done ? execute(database, QStringLiteral("COMMIT")) : done;
}

} // namespace sextant::testing

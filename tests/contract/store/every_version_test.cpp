// SPDX-License-Identifier: GPL-3.0-or-later
// A database of any version of the schema, with rows in each of its tables, is opened by the present program: the rows
// are all there, the schema is that of a new database, and what comes next is stored. On SQLite, or through
// scripts/timescale on PostgreSQL with and without TimescaleDB. What the rows mean, the kept databases tell
// (tests/unit/server/storage/upgrade).
#include "made_batches.h"
#include "metrics/families.h"
#include "postgres_server.h"
#include "server/hosts/host_registry.h"
#include "server/storage/database.h"
#include "server/storage/make_store.h"
#include "server/storage/migrations.h"
#include "server/storage/postgres/connection.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/table_copy.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>

using namespace sextant;
using namespace sextant::server;
using testing::PostgresDatabase;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000; // 2026-01-01
constexpr int kRows = 3;                         ///< put into each table

bool isOnPostgres()
{
    return qEnvironmentVariableIsSet("SEXTANT_POSTGRES_URL");
}

struct ColumnOf {
    QString name;
    QString type; ///< in small letters
    bool isNullable = false;
};

/// Where a database is that the test makes.
class Place {
public:
    explicit Place(PostgresDatabase::Kind kind)
    {
        if (isOnPostgres())
            options.postgresUrl = m_server.emplace(kind).url();
        else
            options.path = m_folder.filePath(QStringLiteral("test.db"));
    }

    DatabaseOptions options;

private:
    QTemporaryDir m_folder;
    std::optional<PostgresDatabase> m_server;
};

Result<QStringList> firstColumn(QSqlDatabase& database, const QString& sql)
{
    auto query = select(database, sql);
    if (!query)
        return tl::unexpected(query.error());
    QStringList values;
    while (query->next())
        values.push_back(query->value(0).toString());
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return values;
}

/// The tables that migrations made, the oldest first: those that others refer to come before them.
Result<QStringList> tablesOf(QSqlDatabase& database)
{
    auto tables = firstColumn(database,
        isOnPostgres() ? QStringLiteral("SELECT relname FROM pg_class WHERE relnamespace = 'sextant'::regnamespace AND "
                                        "relkind = 'r' ORDER BY oid")
                       : QStringLiteral("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                                        "'sqlite_%' ORDER BY rowid"));
    // On PostgreSQL every version removes this one, which is for SQLite, when it has migrated.
    if (tables && isOnPostgres())
        tables->removeAll(QStringLiteral("hot_frames"));
    return tables;
}

Result<std::vector<ColumnOf>> columnsIn(QSqlDatabase& database, const QString& table)
{
    auto query = select(database,
        (isOnPostgres()
                ? QStringLiteral("SELECT column_name, data_type, is_nullable = 'YES' FROM information_schema.columns "
                                 "WHERE table_schema = 'sextant' AND table_name = '%1' ORDER BY ordinal_position")
                : QStringLiteral("SELECT name, lower(type), NOT \"notnull\" AND pk = 0 FROM pragma_table_info('%1')"))
            .arg(table));
    if (!query)
        return tl::unexpected(query.error());
    std::vector<ColumnOf> columns;
    while (query->next())
        columns.push_back({query->value(0).toString(), query->value(1).toString(), query->value(2).toBool()});
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return columns;
}

/// A value that no other column of the table has, null in the last row where it may be.
QVariant madeValue(const ColumnOf& column, int position, int row)
{
    // Where not everything is allowed.
    if (column.name == QLatin1String("role"))
        return QStringLiteral("viewer");
    if (column.name == QLatin1String("kind") && column.type == QLatin1String("text"))
        return QStringLiteral("agent");
    if (column.isNullable && row == kRows)
        return {};
    if (column.name.endsWith(QLatin1String("_id")))
        return qint64{row};
    if (column.type.contains(QLatin1String("int")))
        return qint64{1'000 * row + position};
    if (column.type == QLatin1String("real") || column.type == QLatin1String("double precision"))
        return position + row / 3.0;
    if (column.type == QLatin1String("blob") || column.type == QLatin1String("bytea"))
        return QByteArray(31, static_cast<char>(row)) + '\0' + QByteArray::number(position);
    return QStringLiteral("it's; \"%1\" ü %2").arg(column.name).arg(row);
}

/// Puts rows into a table that has none.
Result<void> fill(QSqlDatabase& database, const QString& table)
{
    auto counted = select(database, QStringLiteral("SELECT count(*) FROM ") + table);
    const auto count = counted ? firstValue(*counted) : tl::unexpected(counted.error());
    if (!count || count->toInt() > 0)
        return count.map([](const QVariant&) {});
    const auto columns = columnsIn(database, table);
    if (!columns)
        return tl::unexpected(columns.error());
    TableRows rows{table, {}, std::vector<QVariantList>(kRows)};
    for (int position = 0; position < static_cast<int>(columns->size()); ++position) {
        const ColumnOf& column = (*columns)[static_cast<std::size_t>(position)];
        if (column.name == QLatin1String("id") && column.type != QLatin1String("blob") &&
            column.type != QLatin1String("bytea"))
            continue; // numbers itself
        rows.columns.push_back(column.name);
        for (int row = 1; row <= kRows; ++row)
            rows.rows[static_cast<std::size_t>(row - 1)].push_back(madeValue(column, position, row));
    }
    return insertRows(database, rows);
}

QByteArray textOf(const QVariantList& row)
{
    QByteArrayList cells;
    for (const QVariant& cell : row)
        cells.push_back(cell.isNull() ? QByteArrayLiteral("null") : cell.toByteArray().toPercentEncoding());
    return cells.join('\t');
}

/// The rows of those columns as text, in no order of their own.
Result<QByteArrayList> contents(QSqlDatabase& database, const QString& table, const QStringList& columns)
{
    const auto rows = readRows(database, table, columns);
    if (!rows)
        return tl::unexpected(rows.error());
    QByteArrayList lines;
    for (const QVariantList& row : rows->rows)
        lines.push_back(textOf(row));
    std::ranges::sort(lines);
    return lines;
}

/// What a database held, table by table.
struct Held {
    QStringList columns;
    QByteArrayList rows;
};
using Contents = std::map<QString, Held>;

Result<Contents> fillAll(QSqlDatabase& database)
{
    const auto tables = tablesOf(database);
    if (!tables)
        return tl::unexpected(tables.error());
    Contents held;
    for (const QString& table : *tables) {
        const auto filled = fill(database, table);
        const auto columns = filled ? server::columnsOf(database, table) : tl::unexpected(filled.error());
        const auto rows = columns ? contents(database, table, *columns) : tl::unexpected(columns.error());
        if (!rows)
            return tl::unexpected(rows.error());
        held[table] = {*columns, *rows};
    }
    return held;
}

/// Makes a database with the first migrations only, and rows in each of its tables; gives what it holds.
Result<Contents> makeOld(const DatabaseOptions& options, std::span<const Migration> migrations)
{
    const QString name = QStringLiteral("old-version");
    Result<Contents> held;
    {
        auto connection = isOnPostgres() ? openPostgresWriter(name, options) : openWriter(name, options);
        Result<void> done = connection ? Result<void>() : tl::unexpected(connection.error());
        if (done && isOnPostgres())
            done = execute(*connection, QStringLiteral("CREATE SCHEMA sextant"));
        if (done)
            done = migrate(*connection, migrations);
        held = done ? fillAll(*connection) : tl::unexpected(done.error());
    }
    QSqlDatabase::removeDatabase(name);
    return held;
}

/// Tables, columns and indexes, a line each.
Result<QStringList> schemaOf(QSqlDatabase& database)
{
    auto lines = firstColumn(database,
        isOnPostgres()
            ? QStringLiteral(
                  "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) FROM "
                  "information_schema.columns WHERE table_schema = 'sextant' UNION ALL "
                  "SELECT indexdef FROM pg_indexes WHERE schemaname = 'sextant'")
            : QStringLiteral("SELECT m.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || "
                             "coalesce(c.dflt_value, '') || ' ' || c.pk FROM sqlite_schema AS m, "
                             "pragma_table_info(m.name) AS c WHERE m.type = 'table' UNION ALL "
                             "SELECT sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL"));
    if (lines)
        lines->sort();
    return lines;
}

/// A row as it comes today: enrols a host, stores what it sends, and reads it back.
Result<std::size_t> storeAndRead(Database& database)
{
    HostRegistry hosts(database, [] { return kNow; });
    if (auto loaded = hosts.load(); !loaded)
        return tl::unexpected(loaded.error());
    HostDescription description;
    description.name = QStringLiteral("new");
    const auto certify = [](QSqlDatabase&, HostId) -> Result<HostCertificate> {
        return HostCertificate{QByteArray(32, 'n'), kNow};
    };
    const auto enrolled = hosts.enrol(description, certify);
    if (!enrolled)
        return tl::unexpected(enrolled.error());
    const HostId host = hosts.list()->back().id;
    const auto store = makeStore(database, [] { return kNow; });
    const metrics::Batch batch = testing::MadeHost(1).tick(kNow);
    const HostBatch mine{host, &batch};
    if (auto stored = store->append({&mine, 1}, {}); !stored)
        return tl::unexpected(stored.error());
    const std::array columns{metrics::column("memory", "total_bytes").index};
    std::size_t rows = 0;
    const auto read = store->scan({host, &metrics::family("memory"), columns, kNow, kNow + 1, false},
        [&rows](const metrics::Block& block) { return rows += block.rowCount(), true; });
    return read.map([&rows] { return rows; });
}

} // namespace

class EveryVersionTest : public QObject {
    Q_OBJECT

private slots:
    void opens_data();
    void opens();
};

void EveryVersionTest::opens_data()
{
    QTest::addColumn<PostgresDatabase::Kind>("kind");
    QTest::addColumn<int>("version"); ///< how many migrations it has
    const auto migrations = embeddedMigrations();
    QVERIFY(migrations.has_value());
    for (const auto kind : {PostgresDatabase::Kind::Plain, PostgresDatabase::Kind::Timescale}) {
        if (kind == PostgresDatabase::Kind::Timescale && !isOnPostgres())
            continue;
        for (int version = 1; version <= static_cast<int>(migrations->size()); ++version)
            QTest::addRow("%s%d", kind == PostgresDatabase::Kind::Timescale ? "timescale " : "", version)
                << kind << version;
    }
}

void EveryVersionTest::opens()
{
    QFETCH(PostgresDatabase::Kind, kind);
    QFETCH(int, version);
    const auto migrations = embeddedMigrations();
    const Place place(kind);
    const auto held = makeOld(place.options, std::span(*migrations).first(static_cast<std::size_t>(version)));
    QVERIFY2(held.has_value(), held ? "" : held.error().message.c_str());
    QVERIFY(held->contains(QStringLiteral("hosts")));
    for (const auto& [table, was] : *held)
        QVERIFY2(!was.rows.isEmpty(), qPrintable(table));

    for (int start = 0; start < 2; ++start) { // the second one finds everything done
        const auto database = Database::open(place.options);
        const auto usable = database ? (*database)->state() : tl::unexpected(database.error());
        QVERIFY2(usable.has_value(), usable ? "" : usable.error().message.c_str());
        auto reader = (*database)->reader();
        QVERIFY(reader.has_value());
        for (const auto& [table, was] : *held) {
            if (table == QLatin1String("schema_migrations"))
                continue; // has the later ones, too
            const auto is = contents(*reader, table, was.columns);
            QVERIFY2(is.has_value(), is ? "" : is.error().message.c_str());
            QVERIFY2(*is == was.rows, qPrintable(table + u'\n' + QString::fromUtf8(is->join('\n'))));
        }
    }
    const Place fresh(kind);
    const auto made = Database::open(fresh.options);
    const auto database = Database::open(place.options);
    QVERIFY(made.has_value() && database.has_value());
    auto madeReader = (*made)->reader();
    auto reader = (*database)->reader();
    QVERIFY(madeReader.has_value() && reader.has_value());
    const auto wanted = schemaOf(*madeReader);
    QVERIFY(wanted.has_value() && wanted->size() > 50);
    QCOMPARE(schemaOf(*reader).value(), *wanted);
    const auto rows = storeAndRead(**database);
    QVERIFY2(rows.has_value(), rows ? "" : rows.error().message.c_str());
    QCOMPARE(*rows, std::size_t{1});
}

QTEST_GUILESS_MAIN(EveryVersionTest)
#include "every_version_test.moc"

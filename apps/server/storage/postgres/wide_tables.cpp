// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/wide_tables.h"

#include "server/storage/postgres/snapshot_room.h"
#include "server/storage/postgres/views.h"
#include "server/storage/sql.h"

#include <QLoggingCategory>
#include <QSet>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include <algorithm>
#include <functional>
#include <limits>

namespace sextant::server {
namespace {

Q_LOGGING_CATEGORY(log, "sextant.storage")

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString typeName(CopyType type)
{
    switch (type) {
    case CopyType::Int2:
        return QStringLiteral("int2");
    case CopyType::Int4:
        return QStringLiteral("int4");
    case CopyType::Int8:
        return QStringLiteral("int8");
    case CopyType::Float8:
        return QStringLiteral("float8");
    case CopyType::Timestamptz:
        return QStringLiteral("timestamptz");
    case CopyType::Bytea:
        break;
    }
    return QStringLiteral("bytea");
}

QString definition(const CopyColumn& column)
{
    const bool isKey = column.name == QLatin1String("time") || column.name == QLatin1String("host_id") ||
                       column.name == QLatin1String("instance_id") || column.name == QLatin1String("interval_ms");
    return u'"' + column.name + QStringLiteral("\" ") + typeName(column.type) +
           (isKey ? QStringLiteral(" NOT NULL") : QString());
}

Result<QSet<QString>> columnsOf(QSqlDatabase& database, const QString& table)
{
    auto query = select(
        database, QStringLiteral("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('%1') AND attnum > 0 "
                                 "AND NOT attisdropped")
                      .arg(table));
    if (!query)
        return tl::unexpected(query.error());
    QSet<QString> names;
    while (query->next())
        names.insert(query->value(0).toString());
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return names;
}

int sizeOf(CopyType type)
{
    if (type == CopyType::Int2)
        return 2;
    if (type == CopyType::Int4)
        return 4;
    return type == CopyType::Bytea ? 1 : 8;
}

Result<void> createTable(QSqlDatabase& database, const metrics::Family& family, Chunking chunking)
{
    const QString table = wideTable(family);
    std::vector<CopyColumn> columns = wideColumns(family);
    // Wide ones first, so that nothing is lost to alignment.
    std::ranges::stable_sort(columns, std::greater(), [](const CopyColumn& column) { return sizeOf(column.type); });
    QStringList lines;
    for (const CopyColumn& column : columns)
        lines.push_back(definition(column));
    const bool partitions = chunking == Chunking::Partitions;
    auto done = execute(database, QStringLiteral("CREATE TABLE %1 (%2)%3")
                                      .arg(table, lines.join(QStringLiteral(", ")),
                                          partitions ? QStringLiteral(" PARTITION BY RANGE (time)") : QString()));
    if (done && !partitions)
        done = execute(database, QStringLiteral("SELECT create_hypertable('%1', 'time', chunk_time_interval => "
                                                "INTERVAL '1 day', create_default_indexes => false)")
                                     .arg(table));
    if (done)
        done = execute(database, QStringLiteral("CREATE INDEX %1_by_host ON %1 (host_id, time)").arg(table));
    return done;
}

Result<void> addColumns(QSqlDatabase& database, const metrics::Family& family, const QSet<QString>& present)
{
    for (const CopyColumn& column : wideColumns(family)) {
        if (present.contains(column.name))
            continue;
        auto added = execute(
            database, QStringLiteral("ALTER TABLE %1 ADD COLUMN %2").arg(wideTable(family), definition(column)));
        if (!added)
            return added;
    }
    return {};
}

Result<void> makeTables(QSqlDatabase& database, const PostgresAbilities& abilities)
{
    Chunking chunking = abilities.hypertables ? Chunking::Hypertable : Chunking::Partitions;
    for (const metrics::Family& family : metrics::families()) {
        const auto present = columnsOf(database, wideTable(family));
        if (!present)
            return tl::unexpected(present.error());
        const auto done =
            present->isEmpty() ? createTable(database, family, chunking) : addColumns(database, family, *present);
        if (!done)
            return done;
        // What the first table was made with, all have: TimescaleDB may have come later.
        const auto found = chunkingOf(database);
        if (!found)
            return tl::unexpected(found.error());
        chunking = *found;
    }
    for (const QString& statement :
        {QStringLiteral("ALTER TABLE hot_hours ADD COLUMN IF NOT EXISTS version int8 NOT NULL DEFAULT 0"),
            // Hours that are sealed and whose rows stay, as long as hot_hours does not have them again.
            QStringLiteral("CREATE TABLE IF NOT EXISTS sealed_hours (host_id int8, hour_ms int8, PRIMARY KEY (host_id, "
                           "hour_ms))"),
            QStringLiteral("CREATE INDEX IF NOT EXISTS sealed_hours_by_age ON sealed_hours (hour_ms)"),
            QStringLiteral(
                "CREATE TABLE IF NOT EXISTS sealing (one int2 PRIMARY KEY CHECK (one = 1), rows_stay boolean "
                "NOT NULL)")}) {
        if (auto done = execute(database, statement); !done)
            return done;
    }
    if (auto done = prepareSnapshotRoom(database); !done)
        return done;
    return prepareViews(database);
}

/// All or nothing.
Result<void> makeAllTables(QSqlDatabase& database, const PostgresAbilities& abilities)
{
    auto done = beginWrite(database);
    if (done)
        done = makeTables(database, abilities);
    if (done)
        return execute(database, QStringLiteral("COMMIT"));
    // The first error is the one to tell; after it there is nothing to keep.
    QSqlQuery(database).exec(QStringLiteral("ROLLBACK"));
    return done;
}

} // namespace

QString wideTable(const metrics::Family& family)
{
    return QStringLiteral("m_") + text(family.name);
}

CopyType wideType(const metrics::Column& column)
{
    if (column.storage == metrics::Storage::Real)
        return CopyType::Float8;
    if (column.unit == metrics::Unit::Percent || column.unit == metrics::Unit::Boolean ||
        column.unit == metrics::Unit::Celsius)
        return CopyType::Int2;
    // Load averages; whole numbers without a unit are counts, some of which are as large as can be (open_files_limit).
    if (column.unit == metrics::Unit::None && column.kind == metrics::Kind::Gauge && column.scale > 0)
        return CopyType::Int4;
    return CopyType::Int8;
}

bool fitsInto(CopyType type, std::int64_t value)
{
    if (type == CopyType::Int2)
        return value >= std::numeric_limits<std::int16_t>::min() && value <= std::numeric_limits<std::int16_t>::max();
    if (type == CopyType::Int4)
        return value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
    return true;
}

std::vector<CopyColumn> wideColumns(const metrics::Family& family)
{
    std::vector<CopyColumn> columns{{QStringLiteral("time"), CopyType::Timestamptz},
        {QStringLiteral("host_id"), CopyType::Int4}, {QStringLiteral("instance_id"), CopyType::Int4},
        {QStringLiteral("interval_ms"), CopyType::Int8}};
    for (const metrics::Column& column : family.columns)
        columns.push_back({text(column.name), wideType(column)});
    columns.push_back({QStringLiteral("overflow"), CopyType::Bytea});
    return columns;
}

Result<Chunking> chunkingOf(QSqlDatabase& database)
{
    auto query = select(database, QStringLiteral("SELECT relkind FROM pg_class WHERE oid = '%1'::regclass")
                                      .arg(wideTable(metrics::families().front())));
    if (!query)
        return tl::unexpected(query.error());
    return firstValue(*query).map([](const QVariant& kind) {
        return kind.toString() == QLatin1String("p") ? Chunking::Partitions : Chunking::Hypertable;
    });
}

Result<void> prepareWideTables(QSqlDatabase& database, const PostgresAbilities& abilities)
{
    auto done = makeAllTables(database, abilities);
    if (done || !abilities.hypertables || done.error().code != ErrorCode::NotAvailable)
        return done;
    // Once: the tables are there when it connects again.
    qCWarning(log, "hypertables are not available, days are partitions instead: %s", done.error().message.c_str());
    return makeAllTables(database, {});
}

QString timeLiteral(std::int64_t unixMs)
{
    return QStringLiteral("to_timestamp(%1.%2)").arg(unixMs / 1'000).arg(unixMs % 1'000, 3, 10, QLatin1Char('0'));
}

} // namespace sextant::server

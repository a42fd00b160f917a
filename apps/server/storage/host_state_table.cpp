// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/host_state_table.h"

#include "server/hosts/gap_ledger.h"
#include "server/hosts/tags_json.h"
#include "server/storage/sql.h"

#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include <optional>
#include <type_traits>
#include <vector>

namespace sextant::server {
namespace {

/// The type of PostgreSQL's array that a column's values travel in.
template <typename T>
constexpr const char* kArrayType = "int8[]";
template <>
constexpr const char* kArrayType<std::optional<double>> = "float8[]";
template <>
constexpr const char* kArrayType<std::string> = "text[]";
template <>
constexpr const char* kArrayType<metrics::Labels> = "text[]";

QVariant toVariant(std::int64_t value)
{
    return QVariant(qint64{value});
}
QVariant toVariant(std::uint32_t value)
{
    return QVariant(qint64{value});
}
QVariant toVariant(const std::string& value)
{
    return QString::fromStdString(value);
}
QVariant toVariant(const metrics::Labels& tags)
{
    return QString::fromUtf8(QJsonDocument(tagsToJson(tags)).toJson(QJsonDocument::Compact));
}
template <typename T>
QVariant toVariant(const std::optional<T>& value)
{
    return value ? QVariant::fromValue(*value) : QVariant();
}
QVariant toVariant(const std::optional<std::int64_t>& value)
{
    return value ? toVariant(*value) : QVariant();
}

void fromVariant(const QVariant& from, std::int64_t& into)
{
    into = from.toLongLong();
}
void fromVariant(const QVariant& from, std::uint32_t& into)
{
    into = from.toUInt();
}
void fromVariant(const QVariant& from, std::string& into)
{
    into = from.toString().toStdString();
}
void fromVariant(const QVariant& from, metrics::Labels& into)
{
    into = tagsFromJson(QJsonDocument::fromJson(from.toString().toUtf8()).object());
}
template <typename T>
void fromVariant(const QVariant& from, std::optional<T>& into)
{
    if (from.isNull())
        into.reset();
    else
        into = from.value<T>();
}
void fromVariant(const QVariant& from, std::optional<std::int64_t>& into)
{
    if (from.isNull())
        into.reset();
    else
        into = from.toLongLong();
}

/// Every column of the table but the key and the disk's, with its place in HostState: the one list for both directions.
template <typename State, typename Visit>
void visitColumns(State& state, Visit visit)
{
    visit("last_seen_ms", state.lastSeenMs);
    visit("interval_ms", state.intervalMs);
    visit("cpu_time_ms", state.cpuTimeMs);
    visit("cpu_percent", state.cpuPercent);
    visit("load1", state.load1);
    visit("cores", state.cores);
    visit("memory_time_ms", state.memoryTimeMs);
    visit("memory_percent", state.memoryPercent);
    visit("memory_used_bytes", state.memoryUsedBytes);
    visit("memory_total_bytes", state.memoryTotalBytes);
    visit("disk_time_ms", state.diskTimeMs);
    visit("network_time_ms", state.networkTimeMs);
    visit("receive_bytes_per_second", state.receiveBytesPerSecond);
    visit("transmit_bytes_per_second", state.transmitBytesPerSecond);
    visit("system_time_ms", state.systemTimeMs);
    visit("uptime_seconds", state.uptimeSeconds);
    visit("tags_time_ms", state.tagsTimeMs);
    visit("tags", state.tags);
}

template <typename Disk, typename Visit>
void visitDiskColumns(Disk& disk, Visit visit)
{
    visit("disk_mount", disk.mount);
    visit("disk_used_percent", disk.usedPercent);
    visit("disk_used_bytes", disk.usedBytes);
    visit("disk_total_bytes", disk.totalBytes);
}

/// A column of the table, and how its values travel to PostgreSQL.
struct StateColumn {
    QString name;
    QString arrayType;
};

std::vector<StateColumn> stateColumns()
{
    std::vector<StateColumn> columns;
    const auto add = [&columns]<typename T>(const char* name, const T&) {
        columns.push_back({QString::fromLatin1(name), QString::fromLatin1(kArrayType<T>)});
    };
    add("host_id", std::int64_t{0});
    const HostState state;
    visitColumns(state, add);
    const FullestDisk disk;
    visitDiskColumns(disk, add);
    return columns;
}

QStringList columnNames()
{
    QStringList names;
    for (const StateColumn& column : stateColumns())
        names.push_back(column.name);
    return names;
}

/// Visits name and value of every column of that host's row.
template <typename Visit>
void visitRow(const StoredHostState& stored, Visit visit)
{
    const auto visitValue = [&](const char* name, const auto& value) { visit(name, toVariant(value)); };
    visitValue("host_id", stored.host.value);
    visitColumns(stored.state, visitValue);
    if (stored.state.disk) {
        visitDiskColumns(*stored.state.disk, visitValue);
    } else {
        const FullestDisk none;
        visitDiskColumns(none, [&](const char* name, const auto&) { visit(name, QVariant()); });
    }
}

/// `source`: what comes after the names of the columns, a VALUES or a SELECT of them.
Result<Statement> prepareUpsert(QSqlDatabase& database, const QString& source)
{
    const QStringList names = columnNames();
    QStringList updates;
    for (const QString& name : names)
        updates.push_back(name + QStringLiteral(" = excluded.") + name);
    return prepare(database, QStringLiteral("INSERT INTO host_state (%1) %2 ON CONFLICT (host_id) DO UPDATE SET %3")
                                 .arg(names.join(QStringLiteral(", ")), source, updates.join(QStringLiteral(", "))));
}

Result<void> writeOneByOne(QSqlDatabase& database, std::span<const StoredHostState> states)
{
    const QStringList marks(columnNames().size(), QStringLiteral("?"));
    auto query = prepareUpsert(database, QStringLiteral("VALUES (%1)").arg(marks.join(QStringLiteral(", "))));
    if (!query)
        return tl::unexpected(query.error());
    for (const StoredHostState& stored : states) {
        int position = 0;
        visitRow(stored, [&](const char*, const QVariant& value) { query->bindValue(position++, value); });
        if (auto done = execute(*query); !done)
            return done;
    }
    return {};
}

/// A value as an element of an array's text.
QString elementText(const QVariant& value)
{
    if (value.isNull())
        return QStringLiteral("NULL");
    if (value.userType() == QMetaType::Double)
        return QString::number(value.toDouble(), 'g', 17);
    QString text = value.toString();
    if (value.userType() == QMetaType::QString)
        text = u'"' + text.replace(u'\\', QLatin1String("\\\\")).replace(u'"', QLatin1String("\\\"")) + u'"';
    return text;
}

/// In one statement: on PostgreSQL each one is a journey to the server and back.
Result<void> writeAtOnce(QSqlDatabase& database, std::span<const StoredHostState> states)
{
    QStringList arrays;
    for (const StateColumn& column : stateColumns())
        arrays.push_back(QStringLiteral("CAST(? AS %1)").arg(column.arrayType));
    auto query =
        prepareUpsert(database, QStringLiteral("SELECT * FROM unnest(%1)").arg(arrays.join(QStringLiteral(", "))));
    if (!query)
        return tl::unexpected(query.error());
    std::vector<QStringList> elements(static_cast<std::size_t>(arrays.size()));
    for (const StoredHostState& stored : states) {
        auto column = elements.begin();
        visitRow(stored, [&](const char*, const QVariant& value) { (column++)->push_back(elementText(value)); });
    }
    for (std::size_t i = 0; i < elements.size(); ++i)
        query->bindValue(static_cast<int>(i), QString(u'{' + elements[i].join(u',') + u'}'));
    return execute(*query);
}

} // namespace

Result<void> writeHostStates(QSqlDatabase& database, std::span<const StoredHostState> states)
{
    if (states.empty())
        return {};
    auto written =
        dialectOf(database) == Dialect::Postgres ? writeAtOnce(database, states) : writeOneByOne(database, states);
    return written ? writeLedger(database, states) : written;
}

Result<std::vector<StoredHostState>> readHostStates(QSqlDatabase& database)
{
    auto query = prepare(database,
        QStringLiteral("SELECT %1 FROM host_state ORDER BY host_id").arg(columnNames().join(QStringLiteral(", "))));
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<StoredHostState> states;
    while (query->next()) {
        StoredHostState& stored = states.emplace_back();
        int position = 0;
        const auto read = [&](const char*, auto& into) { fromVariant(query->value(position++), into); };
        read("host_id", stored.host.value);
        visitColumns(stored.state, read);
        FullestDisk disk;
        const bool hasDisk = !query->value(position).isNull();
        visitDiskColumns(disk, read);
        if (hasDisk)
            stored.state.disk = std::move(disk);
    }
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return states;
}

} // namespace sextant::server

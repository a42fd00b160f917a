// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/host_state_table.h"

#include "server/hosts/gap_ledger.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include <optional>
#include <type_traits>

namespace sextant::server {
namespace {

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
}

template <typename Disk, typename Visit>
void visitDiskColumns(Disk& disk, Visit visit)
{
    visit("disk_mount", disk.mount);
    visit("disk_used_percent", disk.usedPercent);
    visit("disk_used_bytes", disk.usedBytes);
    visit("disk_total_bytes", disk.totalBytes);
}

QStringList columnNames()
{
    QStringList names{QStringLiteral("host_id")};
    const auto add = [&names](const char* name, const auto&) { names.push_back(QString::fromLatin1(name)); };
    const HostState state;
    visitColumns(state, add);
    const FullestDisk disk;
    visitDiskColumns(disk, add);
    return names;
}

} // namespace

Result<void> writeHostStates(QSqlDatabase& database, std::span<const StoredHostState> states)
{
    if (states.empty())
        return {};
    const QStringList names = columnNames();
    const QStringList marks(names.size(), QStringLiteral("?"));
    QStringList updates;
    for (const QString& name : names)
        updates.push_back(name + QStringLiteral(" = excluded.") + name);
    auto query = prepare(
        database, QStringLiteral("INSERT INTO host_state (%1) VALUES (%2) ON CONFLICT (host_id) DO UPDATE SET %3")
                      .arg(names.join(QStringLiteral(", ")), marks.join(QStringLiteral(", ")),
                          updates.join(QStringLiteral(", "))));
    if (!query)
        return tl::unexpected(query.error());
    for (const StoredHostState& stored : states) {
        int position = 0;
        const auto bind = [&](const char*, const auto& value) { query->bindValue(position++, toVariant(value)); };
        bind("host_id", stored.host.value);
        visitColumns(stored.state, bind);
        if (stored.state.disk) {
            visitDiskColumns(*stored.state.disk, bind);
        } else {
            const FullestDisk none;
            visitDiskColumns(none, [&](const char*, const auto&) { query->bindValue(position++, QVariant()); });
        }
        if (auto done = execute(*query); !done)
            return done;
    }
    return writeLedger(database, states);
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

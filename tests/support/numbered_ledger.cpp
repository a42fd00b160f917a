// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/numbered_ledger.h"

#include "metrics/families.h"
#include "server/storage/block_table.h"
#include "server/storage/clock.h"
#include "server/storage/make_store.h"
#include "server/storage/raw_rows.h"
#include "server/storage/rollup.h"
#include "server/storage/scan_rows.h"
#include "server/storage/sql.h"
#include "server/storage/sqlite/copy.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace sextant::test {
namespace {

using metrics::column;
using metrics::family;
using server::kHourMs;
using server::Tier;

QString text(const Error& error)
{
    return QString::fromStdString(error.message);
}

/// Reads rows that must come as batch first, first + 1 …, each with as many rows as it has instances; first is where
/// an hour begins, or 0.
class RowCheck {
public:
    RowCheck(NumberedTimes times, int instances) : m_times(times), m_instances(instances) {}

    void add(const server::ScannedRow& row)
    {
        if (m_rows == 0)
            begin(row.timeMs);
        const std::int64_t number = batches();
        const bool isNumber = row.cells.size() == 1 && row.cells[0].isFixed() && row.cells[0].scaled() == number;
        if (m_fault.isEmpty() && (!isNumber || row.timeMs != m_times.startMs + number * m_times.stepMs))
            m_fault = QStringLiteral("row %1 of %2 instances: expected batch %3, got time %4 with %5")
                          .arg(m_rows)
                          .arg(m_instances)
                          .arg(number)
                          .arg((row.timeMs - m_times.startMs) / m_times.stepMs)
                          .arg(row.cells[0].isFixed() ? row.cells[0].scaled() : -1);
        m_seen = m_rows % m_instances == 0 ? std::set<std::int64_t>{row.instance} : m_seen;
        m_seen.insert(row.instance);
        ++m_rows;
        if (m_fault.isEmpty() && m_rows % m_instances == 0 && m_seen.size() != static_cast<std::size_t>(m_instances))
            m_fault = QStringLiteral("batch %1 has an instance twice").arg(number);
    }

    [[nodiscard]] QString fault() const
    {
        return m_fault.isEmpty() && m_rows % m_instances != 0 ? QStringLiteral("the last batch is there in part")
                                                              : m_fault;
    }
    [[nodiscard]] std::int64_t first() const { return m_first; }
    [[nodiscard]] std::int64_t batches() const { return m_first + m_rows / m_instances; }

private:
    void begin(std::int64_t timeMs)
    {
        m_first = (timeMs - m_times.startMs) / m_times.stepMs;
        // The first batch of its hour.
        if (m_first != 0 && timeMs - server::startOf(timeMs, kHourMs) >= m_times.stepMs)
            m_fault = QStringLiteral("the rows begin within an hour, with batch %1").arg(m_first);
    }

    NumberedTimes m_times;
    int m_instances;
    std::int64_t m_first = 0;
    std::int64_t m_rows = 0;
    std::set<std::int64_t> m_seen;
    QString m_fault;
};

/// The rows of one family: batches first to batches − 1.
struct FamilyLedger {
    std::int64_t first = 0;
    std::int64_t batches = 0;
    QString fault;
};

FamilyLedger readFamily(
    const server::Store& store, qint64 host, NumberedTimes times, metrics::ColumnRef what, int instances)
{
    const std::array columns{what.index};
    // An hour before and after: what should not be there is found as well.
    const server::SeriesScan scan{
        server::HostId{host}, what.family, columns, times.startMs - kHourMs, server::systemNowMs() + kHourMs, false};
    RowCheck check(times, instances);
    const auto done = server::scanRows(store, scan, [&check](const server::ScannedRow& row) {
        check.add(row);
        return true;
    });
    return {check.first(), check.batches(), done ? check.fault() : text(done.error())};
}

struct Families {
    std::array<FamilyLedger, 3> each; ///< cpu, memory, cpu_core
    QString fault;
};

Families readFamilies(const server::Store& store, qint64 host, NumberedTimes times)
{
    Families read{{readFamily(store, host, times, column("cpu", "user_seconds_total"), 1),
                      readFamily(store, host, times, column("memory", "used_bytes"), 1),
                      readFamily(store, host, times, column("cpu_core", "user_seconds_total"), NumberedSender::kCores)},
        {}};
    const auto& [cpu, memory, cores] = read.each;
    for (const FamilyLedger& one : read.each) {
        if (read.fault.isEmpty())
            read.fault = one.fault;
    }
    if (read.fault.isEmpty() && (memory.batches != cpu.batches || cores.batches != cpu.batches))
        read.fault = QStringLiteral("%1 batches in cpu, %2 in memory, %3 in cpu_core")
                         .arg(cpu.batches)
                         .arg(memory.batches)
                         .arg(cores.batches);
    return read;
}

/// Count and sum of each bucket of an hour, by its start.
using Buckets = std::map<std::int64_t, std::array<std::int64_t, 2>>;

Result<Buckets> readBuckets(const server::Store& store, qint64 host, Tier tier, std::int64_t hourMs)
{
    using server::Stat;
    const std::uint32_t number = family("memory").columns[column("memory", "used_bytes").index].number;
    const std::array columns{server::rollupColumn(number, Stat::Count), server::rollupColumn(number, Stat::Sum)};
    Buckets buckets;
    const server::TierScan scan{server::HostId{host}, &family("memory"), tier, columns, hourMs, hourMs + kHourMs};
    const auto done = store.scanTier(scan, [&](const metrics::Block& block) {
        for (const metrics::BlockColumn& cells : block.columns) {
            for (std::size_t row = 0; row < block.rowCount(); ++row)
                buckets[block.timesMs[row]][cells.number == columns[1]] += cells.cells[row].scaled();
        }
        return true;
    });
    if (!done)
        return tl::unexpected(done.error());
    return buckets;
}

} // namespace

Ledger readLedger(const server::Store& store, qint64 host, NumberedTimes times)
{
    const Families read = readFamilies(store, host, times);
    QString fault = read.fault;
    for (const FamilyLedger& one : read.each) {
        if (fault.isEmpty() && one.first != 0)
            fault = QStringLiteral("the batches before %1 are missing").arg(one.first);
    }
    return {read.each[0].batches, fault};
}

TierLedger readTierLedger(const server::Store& store, qint64 host, NumberedTimes times, std::int64_t batches, Tier tier)
{
    const std::int64_t width = server::bucketMs(tier);
    const std::int64_t endMs = times.startMs + batches * times.stepMs;
    const auto coverage = store.coverage(server::HostId{host}, family("memory"), times.startMs, endMs);
    if (!coverage)
        return {0, 0, text(coverage.error())};
    TierLedger ledger;
    ledger.fromMs = coverage->of(tier).empty() ? endMs : std::max(coverage->of(tier).front(), times.startMs);
    for (std::int64_t hour = server::startOf(ledger.fromMs, kHourMs); hour < endMs; hour += kHourMs) {
        if (std::ranges::binary_search(coverage->hot, hour))
            continue; // read raw until it is sealed again
        auto buckets = readBuckets(store, host, tier, hour);
        if (!buckets)
            return {ledger.buckets, ledger.fromMs, text(buckets.error())};
        for (std::int64_t start = hour; start < std::min(hour + kHourMs, endMs); start += width) {
            const std::int64_t first = std::max<std::int64_t>(0, (start - times.startMs) / times.stepMs);
            const std::int64_t last = std::min((start + width - times.startMs) / times.stepMs, batches) - 1;
            const std::array wanted{last - first + 1, (first + last) * (last - first + 1) / 2};
            if ((*buckets)[start] != wanted)
                return {ledger.buckets, ledger.fromMs,
                    QStringLiteral("bucket of batches %1 to %2: count %3, sum %4")
                        .arg(first)
                        .arg(last)
                        .arg((*buckets)[start][0])
                        .arg((*buckets)[start][1])};
            ++ledger.buckets;
        }
    }
    return ledger;
}

Remains readRemains(const server::Store& store, qint64 host, NumberedTimes times)
{
    const Families read = readFamilies(store, host, times);
    const auto [least, most] = std::ranges::minmax(read.each, {}, &FamilyLedger::first);
    Remains remains;
    remains.batches = read.each[0].batches;
    remains.rawFromMs = times.startMs + most.first * times.stepMs;
    remains.allGoneMs = times.startMs + least.first * times.stepMs;
    remains.fiveMinutes = readTierLedger(store, host, times, remains.batches, Tier::FiveMinutes);
    remains.hours = readTierLedger(store, host, times, remains.batches, Tier::Hour);
    remains.fault = read.fault;
    for (const QString& fault : {remains.fiveMinutes.fault, remains.hours.fault}) {
        if (remains.fault.isEmpty())
            remains.fault = fault;
    }
    return remains;
}

Result<OpenStore> openStore(const server::DatabaseOptions& options)
{
    auto database = server::Database::open(options);
    if (!database)
        return tl::unexpected(database.error());
    if (auto usable = (*database)->state(); !usable)
        return tl::unexpected(usable.error());
    auto store = server::makeStore(**database, server::systemNowMs);
    return OpenStore{std::move(*database), std::move(store)};
}

Result<OpenStore> openPostgresStore(const QString& url)
{
    server::DatabaseOptions options;
    options.postgresUrl = url;
    return openStore(options);
}

bool hasHypertables(const QString& url)
{
    const auto opened = openPostgresStore(url);
    auto reader = opened ? opened->database->reader() : tl::unexpected(opened.error());
    if (!reader)
        return false;
    const auto found = server::select(*reader,
        QStringLiteral("SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_schema = 'sextant'"));
    return found && found->size() > 0;
}

Ledger readLedger(const QString& databasePath, qint64 host, NumberedTimes times, TierLedger* tier)
{
    const QTemporaryDir folder;
    const QString copy = folder.filePath(QStringLiteral("copy.db"));
    if (auto whole = server::checkCopy(databasePath); !whole)
        return {0, text(whole.error())};
    if (auto copied = server::copyDatabase(databasePath, copy); !copied)
        return {0, text(copied.error())};
    const auto opened = openStore({.path = copy});
    if (!opened)
        return {0, text(opened.error())};
    const Ledger ledger = readLedger(*opened->store, host, times);
    if (tier)
        *tier = readTierLedger(*opened->store, host, times, ledger.batches);
    return ledger;
}

Result<CrashedCopy> copyCrashed(const QString& databasePath)
{
    auto folder = std::make_unique<QTemporaryDir>();
    const QString copy = folder->filePath(QStringLiteral("copy.db"));
    const QString wal = QStringLiteral("-wal");
    if (!QFile::copy(databasePath, copy) ||
        (QFile::exists(databasePath + wal) && !QFile::copy(databasePath + wal, copy + wal)))
        return fail(ErrorCode::Io, "the database's files cannot be copied");
    auto opened = openStore({.path = copy});
    if (!opened)
        return tl::unexpected(opened.error());
    return CrashedCopy{std::move(folder), std::move(*opened)};
}

namespace {

/// A batch is one row of hot_frames, and one of cpu and of memory when it is sealed; one batch more than were
/// acknowledged may be there.
Result<QString> halfSealedOnSqlite(QSqlDatabase& reader, qint64 host, std::int64_t acknowledged)
{
    auto query = server::select(reader,
        QStringLiteral("SELECT 'batches: ' || stored FROM (SELECT (SELECT count(*) FROM hot_frames WHERE key >> 42 = "
                       "%1) + coalesce((SELECT max(sealed) FROM (SELECT sum(row_count) AS sealed FROM blocks WHERE "
                       "host_id = %1 AND tier = 0 AND family IN ('cpu', 'memory') GROUP BY family)), 0) AS stored) "
                       "WHERE stored > %2")
            .arg(host)
            .arg(acknowledged + 1));
    if (!query)
        return tl::unexpected(query.error());
    return server::firstValue(*query).map([](const QVariant& said) { return said.toString(); });
}

/// The rows of cpu in an hour of the wide tables that its block does not hold.
Result<std::size_t> rowsOutsideOfBlock(QSqlDatabase& reader, qint64 host, std::int64_t hourMs)
{
    auto query = server::select(reader,
        QStringLiteral("SELECT (date_part('epoch', time) * 1000)::int8 FROM m_cpu WHERE host_id = %1 AND time >= "
                       "to_timestamp(%2) AND time < to_timestamp(%2 + 3600)")
            .arg(host)
            .arg(hourMs / 1'000));
    if (!query)
        return tl::unexpected(query.error());
    std::set<std::int64_t> times;
    while (query->next())
        times.insert(query->value(0).toLongLong());
    if (auto read = server::allRead(*query); !read)
        return tl::unexpected(read.error());
    const auto block = server::readBlock(reader, {server::HostId{host}, &family("cpu"), Tier::Raw, hourMs});
    if (!block)
        return tl::unexpected(block.error());
    for (const std::int64_t time : block->timesMs)
        times.erase(time);
    return times.size();
}

/// Rows stay when they are sealed, until their day is dropped, which may be before its last rows come. An hour is hot
/// from the first batch after that on, and `version` counts the batches since then, of which none is in the block.
Result<QString> halfSealedOnPostgres(QSqlDatabase& reader, qint64 host)
{
    QString half;
    const auto read = server::readAtOnce(reader, [&]() -> Result<void> {
        auto hours = server::select(
            reader, QStringLiteral("SELECT hour_ms, version FROM hot_hours WHERE host_id = %1").arg(host));
        if (!hours)
            return tl::unexpected(hours.error());
        while (hours->next()) {
            const std::int64_t hourMs = hours->value(0).toLongLong();
            const auto outside = rowsOutsideOfBlock(reader, host, hourMs);
            if (!outside)
                return tl::unexpected(outside.error());
            const std::int64_t version = hours->value(1).toLongLong();
            if (version > static_cast<std::int64_t>(*outside))
                half = QStringLiteral("hour %1: version %2, rows that are not in its block %3")
                           .arg(hourMs)
                           .arg(version)
                           .arg(*outside);
        }
        return server::allRead(*hours);
    });
    return read ? Result<QString>(half) : tl::unexpected(read.error());
}

} // namespace

Result<QString> halfSealedHour(server::Database& database, qint64 host, std::int64_t acknowledged)
{
    auto reader = database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    return database.dialect() == server::Dialect::Sqlite ? halfSealedOnSqlite(*reader, host, acknowledged)
                                                         : halfSealedOnPostgres(*reader, host);
}

} // namespace sextant::test

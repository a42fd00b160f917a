// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/numbered_sender.h"

#include "metrics/families.h"
#include "server/storage/clock.h"
#include "server/storage/make_store.h"
#include "server/storage/rollup.h"
#include "server/storage/scan_rows.h"
#include "server/storage/sqlite/copy.h"

#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QVariant>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>

namespace sextant::test {

using metrics::column;
using metrics::family;

namespace {

QString text(const Error& error)
{
    return QString::fromStdString(error.message);
}

/// Reads rows that must come as batch 0, 1, 2 …, each with as many rows as it has instances.
class RowCheck {
public:
    RowCheck(NumberedTimes times, int instances) : m_times(times), m_instances(instances) {}

    void add(const server::ScannedRow& row)
    {
        const std::int64_t number = m_rows / m_instances;
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
    [[nodiscard]] std::int64_t batches() const { return m_rows / m_instances; }

private:
    NumberedTimes m_times;
    int m_instances;
    std::int64_t m_rows = 0;
    std::set<std::int64_t> m_seen;
    QString m_fault;
};

Ledger readFamily(const server::Store& store, qint64 host, NumberedTimes times, metrics::ColumnRef what, int instances)
{
    const std::array columns{what.index};
    // An hour before and after: what should not be there is found as well.
    const server::SeriesScan scan{server::HostId{host}, what.family, columns, times.startMs - 3'600'000,
        server::systemNowMs() + 3'600'000, false};
    RowCheck check(times, instances);
    const auto done = server::scanRows(store, scan, [&check](const server::ScannedRow& row) {
        check.add(row);
        return true;
    });
    return {check.batches(), done ? check.fault() : text(done.error())};
}

} // namespace

NumberedSender::NumberedSender(const QString& url, const QByteArray& caPem, const TestHost& host, NumberedTimes times)
    : m_url(url), m_caPem(caPem), m_host(host), m_times(times), m_random(static_cast<unsigned>(host.id))
{
}

void NumberedSender::start()
{
    m_thread = std::thread([this] { run(); });
}

void NumberedSender::finish()
{
    m_going = false;
    if (m_thread.joinable())
        m_thread.join();
}

metrics::Batch NumberedSender::batch(std::int64_t number)
{
    const std::int64_t timeMs = m_times.startMs + number * m_times.stepMs;
    const auto intervalMs = static_cast<std::uint32_t>(m_times.stepMs);
    std::array<std::uint8_t, 10> bytes{};
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(m_random());
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(timeMs, bytes);
    metrics::Frame cpu(family("cpu"), timeMs, intervalMs);
    cpu.addRow();
    cpu.setCell(0, column("cpu", "user_seconds_total").index, metrics::Value::fixed(number));
    metrics::Frame cores(family("cpu_core"), timeMs, intervalMs);
    for (int core = 0; core < kCores; ++core) {
        const auto row = cores.addRow({std::to_string(core)});
        cores.setCell(row, column("cpu_core", "user_seconds_total").index, metrics::Value::fixed(number));
    }
    metrics::Frame memory(family("memory"), timeMs, intervalMs);
    memory.addRow();
    memory.setCell(0, column("memory", "used_bytes").index, metrics::Value::fixed(number));
    batch.frames = {std::move(cpu), std::move(cores), std::move(memory)};
    return batch;
}

void NumberedSender::run()
{
    HttpsClient client(m_url, m_caPem, m_host.identity);
    for (std::int64_t number = 0; m_going; ++number) {
        const metrics::Batch next = batch(number);
        if (!deliver(client, next))
            return;
        ++m_acknowledged;
        if (m_random() % 16 == 0) {
            ++m_repeats;
            if (!deliver(client, next))
                return;
        }
    }
}

bool NumberedSender::deliver(HttpsClient& client, const metrics::Batch& batch)
{
    constexpr std::chrono::milliseconds kPause{20};
    while (m_going) {
        if (!client.isConnected() && !client.connect(200)) {
            client.disconnect();
            std::this_thread::sleep_for(kPause);
            continue;
        }
        const Answer answer = sendBatch(client, batch);
        if (answer.status == 204)
            return true;
        if (answer.status == 503) {
            ++m_busy;
            std::this_thread::sleep_for(kPause);
            continue;
        }
        ++(answer.status == 0 ? m_cutOff : m_refusals);
        client.disconnect();
    }
    return false;
}

Ledger readLedger(const server::Store& store, qint64 host, NumberedTimes times)
{
    const Ledger cpu = readFamily(store, host, times, column("cpu", "user_seconds_total"), 1);
    const Ledger memory = readFamily(store, host, times, column("memory", "used_bytes"), 1);
    const Ledger cores =
        readFamily(store, host, times, column("cpu_core", "user_seconds_total"), NumberedSender::kCores);
    for (const Ledger& one : {cpu, memory, cores}) {
        if (!one.fault.isEmpty())
            return one;
    }
    if (memory.batches != cpu.batches || cores.batches != cpu.batches)
        return {cpu.batches, QStringLiteral("%1 batches in cpu, %2 in memory, %3 in cpu_core")
                                 .arg(cpu.batches)
                                 .arg(memory.batches)
                                 .arg(cores.batches)};
    return cpu;
}

TierLedger readTierLedger(const server::Store& store, qint64 host, NumberedTimes times, std::int64_t batches)
{
    using server::Stat;
    using server::Tier;
    constexpr std::int64_t kBucketMs = server::bucketMs(Tier::FiveMinutes);
    const std::uint32_t number = family("memory").columns[column("memory", "used_bytes").index].number;
    const std::array columns{server::rollupColumn(number, Stat::Count), server::rollupColumn(number, Stat::Sum)};
    const server::HostId id{host};
    const std::int64_t endMs = times.startMs + batches * times.stepMs;
    const auto coverage = store.coverage(id, family("memory"), times.startMs, endMs);
    if (!coverage)
        return {0, text(coverage.error())};
    TierLedger ledger;
    for (const std::int64_t hour : coverage->of(Tier::Raw)) {
        if (std::ranges::binary_search(coverage->hot, hour))
            continue; // read raw until it is sealed again
        std::map<std::int64_t, std::array<std::int64_t, 2>> buckets;
        const server::TierScan scan{id, &family("memory"), Tier::FiveMinutes, columns, hour, hour + server::kHourMs};
        const auto done = store.scanTier(scan, [&](const metrics::Block& block) {
            for (const metrics::BlockColumn& cells : block.columns) {
                for (std::size_t row = 0; row < block.rowCount(); ++row)
                    buckets[block.timesMs[row]][cells.number == columns[1]] = cells.cells[row].scaled();
            }
            return true;
        });
        if (!done)
            return {ledger.buckets, text(done.error())};
        for (std::int64_t start = hour; start < std::min(hour + server::kHourMs, endMs); start += kBucketMs) {
            const std::int64_t first = (start - times.startMs) / times.stepMs;
            const std::int64_t last = std::min(first + kBucketMs / times.stepMs, batches) - 1;
            const std::array wanted{last - first + 1, (first + last) * (last - first + 1) / 2};
            if (buckets[start] != wanted)
                return {ledger.buckets, QStringLiteral("bucket of batches %1 to %2: count %3, sum %4")
                                            .arg(first)
                                            .arg(last)
                                            .arg(buckets[start][0])
                                            .arg(buckets[start][1])};
            ++ledger.buckets;
        }
    }
    return ledger;
}

std::optional<PostgresStore> openPostgresStore(const QString& url)
{
    server::DatabaseOptions options;
    options.postgresUrl = url;
    auto database = server::Database::open(options);
    if (!database || !(*database)->state())
        return std::nullopt;
    auto store = server::makeStore(**database, server::systemNowMs);
    return PostgresStore{std::move(*database), std::move(store)};
}

Ledger readLedger(const QString& databasePath, qint64 host, NumberedTimes times, TierLedger* tier)
{
    const QTemporaryDir folder;
    const QString copy = folder.filePath(QStringLiteral("copy.db"));
    if (auto whole = server::checkCopy(databasePath); !whole)
        return {0, text(whole.error())};
    if (auto copied = server::copyDatabase(databasePath, copy); !copied)
        return {0, text(copied.error())};
    const auto database = server::Database::open({.path = copy});
    if (!database)
        return {0, text(database.error())};
    const auto store = server::makeStore(**database, server::systemNowMs);
    const Ledger ledger = readLedger(*store, host, times);
    if (tier)
        *tier = readTierLedger(*store, host, times, ledger.batches);
    return ledger;
}

std::optional<bool> hasHalfSealedHour(const QString& databasePath, qint64 host, std::int64_t acknowledged)
{
    const QTemporaryDir folder;
    const QString copy = folder.filePath(QStringLiteral("copy.db"));
    const QString wal = QStringLiteral("-wal");
    if (!QFile::copy(databasePath, copy) ||
        (QFile::exists(databasePath + wal) && !QFile::copy(databasePath + wal, copy + wal)))
        return std::nullopt;
    const auto database = server::Database::open({.path = copy});
    if (!database)
        return std::nullopt;
    const auto reader = (*database)->reader();
    if (!reader)
        return std::nullopt;
    // A batch is one row of hot_frames, and one of cpu and of memory when it is sealed.
    QSqlQuery query(*reader);
    const bool done = query.exec(QStringLiteral(
        "SELECT (SELECT count(*) FROM hot_frames WHERE key >> 42 = %1), (SELECT max(sealed) FROM (SELECT "
        "sum(row_count) AS sealed FROM blocks WHERE host_id = %1 AND tier = 0 AND family IN ('cpu', 'memory') "
        "GROUP BY family))")
                                     .arg(host));
    if (!done || !query.next())
        return std::nullopt;
    return query.value(0).toLongLong() + query.value(1).toLongLong() > acknowledged + 1; // one may be under way
}

} // namespace sextant::test

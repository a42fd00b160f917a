// SPDX-License-Identifier: GPL-3.0-or-later
// A SQLite store that is full for long: hosts send for days of a clock of its own, several times as much as there is
// room for, and once an hour the store is kept small. It takes every batch, its file stays as large as it may be and
// what an hour brings, and the newest samples are all there. SEXTANT_HOURS hours long, else 150.
#include "metrics/families.h"
#include "server/storage/database.h"
#include "server/storage/maintenance.h"
#include "server/storage/make_store.h"
#include "server/storage/scan_rows.h"
#include "server/storage/snapshots.h"

#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace sextant;
using namespace sextant::server;

namespace {

constexpr std::int64_t kStart = 1'767'225'600'000; // 2026-01-01
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kMaxBytes = std::int64_t{8} << 20U;
/// Samples of an hour before they are packed, and once more while they are.
constexpr std::int64_t kSlackBytes = std::int64_t{1} << 20U;
/// 16 MiB of log before it is written back, and what one transaction adds.
constexpr std::int64_t kMaxLogBytes = std::int64_t{24} << 20U;
constexpr std::int64_t kHosts = 4;
constexpr int kInstances = 50;
constexpr std::size_t kDocumentBytes = 5'000;

int wantedHours()
{
    const int wanted = qEnvironmentVariableIntValue("SEXTANT_HOURS");
    return wanted > 0 ? wanted : 150;
}

} // namespace

class SizeCapTest : public QObject {
    Q_OBJECT

private slots:
    void aFullStoreStaysAsLargeAsItMayBe();

private:
    bool send(std::int64_t hourMs);
    [[nodiscard]] std::size_t rowsSince(HostId host, std::int64_t fromMs) const;
    [[nodiscard]] std::int64_t fileBytes(const QString& end) const { return QFileInfo(m_path + end).size(); }

    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath(QStringLiteral("test.db"));
    std::int64_t m_nowMs = kStart;
    std::unique_ptr<Database> m_database;
    std::unique_ptr<SqlStore> m_store;
    std::mt19937 m_random{6};
    std::int64_t m_evictions = 0;
    QStringList m_failures;
};

void SizeCapTest::aFullStoreStaysAsLargeAsItMayBe()
{
    auto opened = Database::open({.path = m_path});
    QVERIFY(opened.has_value());
    m_database = std::move(*opened);
    m_store = makeStore(*m_database, [this] { return m_nowMs; });
    Snapshots snapshots(*m_database);
    Maintenance::Options options;
    options.maxBytes = kMaxBytes;
    options.removeSnapshots = [&](std::int64_t beforeMs) { return snapshots.expire(beforeMs); };
    Maintenance maintenance(*m_store, [this] { return m_nowMs; }, options,
        {.failed = [this](const std::string& what,
                       const Error& error) { m_failures << QString::fromStdString(what + ": " + error.message); },
            .evicted = [this](const Evicted&) { ++m_evictions; }});
    std::int64_t largest = 0;
    std::int64_t largestLog = 0;
    std::int64_t fullAfter = 0; ///< hours
    for (int hour = 1; hour <= wantedHours(); ++hour) {
        const std::int64_t hourMs = m_nowMs;
        QVERIFY(send(hourMs));
        for (std::int64_t host = 1; host <= kHosts; ++host) {
            std::string document(kDocumentBytes, ' ');
            std::ranges::generate(document, [this] { return static_cast<char>(m_random()); });
            QVERIFY(snapshots.put(HostId{host}, "processes", hourMs, document).has_value());
        }
        m_nowMs = hourMs + kHourMs;
        largest = std::max(largest, fileBytes({}));
        maintenance.runOnce();
        QVERIFY2(m_failures.isEmpty(), qPrintable(m_failures.join(u'\n')));
        QVERIFY(m_store->sizes()->usedBytes <= kMaxBytes);
        largest = std::max(largest, fileBytes({}));
        largestLog = std::max(largestLog, fileBytes(QStringLiteral("-wal")));
        QVERIFY2(largest <= kMaxBytes + kSlackBytes, qPrintable(QString::number(largest)));
        if (fullAfter == 0 && m_evictions > 0)
            fullAfter = hour;
        if (hour % 500 == 0)
            std::fprintf(stderr, "size_cap_test: %d of %d hours\n", hour, wantedHours());
    }
    QVERIFY2(fullAfter > 0 && wantedHours() >= 3 * fullAfter, "there was room for nearly all of it");
    QVERIFY2(largestLog <= kMaxLogBytes, qPrintable(QString::number(largestLog)));
    // What came last is never in the way (Store::kLateMarginMs).
    for (std::int64_t host = 1; host <= kHosts; ++host)
        QCOMPARE(rowsSince(HostId{host}, m_nowMs - Store::kLateMarginMs),
            std::size_t{kInstances} * (Store::kLateMarginMs / kMinuteMs));
    qInfo("%d hours, full after %lld of them, %lld evictions: with room for %lld bytes the file had at most %lld, and "
          "its log %lld",
        wantedHours(), static_cast<long long>(fullAfter), static_cast<long long>(m_evictions),
        static_cast<long long>(kMaxBytes), static_cast<long long>(largest), static_cast<long long>(largestLog));
}

/// An hour of every host; false when the store did not take all of it.
bool SizeCapTest::send(std::int64_t hourMs)
{
    for (std::int64_t timeMs = hourMs; timeMs < hourMs + kHourMs; timeMs += 10 * kMinuteMs) {
        std::vector<metrics::Batch> batches(kHosts);
        std::vector<HostBatch> group;
        for (std::size_t host = 0; host < batches.size(); ++host) {
            batches[host].id = metrics::BatchId::make(timeMs, {static_cast<std::uint8_t>(host)});
            for (std::int64_t tickMs = timeMs; tickMs < timeMs + 10 * kMinuteMs; tickMs += kMinuteMs) {
                metrics::Frame frame(metrics::family("custom"), tickMs, kMinuteMs);
                for (int instance = 0; instance < kInstances; ++instance)
                    frame.setCell(frame.addRow({std::to_string(instance), ""}), 0,
                        metrics::Value::real(std::generate_canonical<double, 53>(m_random)));
                batches[host].frames.push_back(std::move(frame));
            }
            group.push_back({HostId{static_cast<std::int64_t>(host) + 1}, &batches[host]});
        }
        const auto outcomes = m_store->append(group, {});
        const auto isWhole = [](const BatchOutcome& outcome) { return outcome.storedRows == 10 * kInstances; };
        if (!outcomes || !std::ranges::all_of(*outcomes, isWhole))
            return false;
    }
    return true;
}

std::size_t SizeCapTest::rowsSince(HostId host, std::int64_t fromMs) const
{
    const std::array columns{std::size_t{0}};
    std::size_t rows = 0;
    const auto read =
        scanRows(*m_store, {host, &metrics::family("custom"), columns, fromMs, m_nowMs, false}, [&](const ScannedRow&) {
            ++rows;
            return true;
        });
    return read ? rows : 0;
}

QTEST_GUILESS_MAIN(SizeCapTest)
#include "size_cap_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The real server with a small queue before a disk that does not come back from a sync (tests/support/fault_io), and
// many who push more than the queue holds: who finds it full is told so at once, the server's memory stays bounded, and
// afterwards everything that was acknowledged is there once.
#include "metrics/families.h"
#include "support/delivery_ledger.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <random>
#include <thread>
#include <vector>

using namespace sextant;
using namespace sextant::test;
using metrics::column;
using metrics::family;

namespace {

constexpr int kSenders = 32;
constexpr int kTicks = 1'000; // of a batch: about 2 MiB of the server's memory, of all of them eight queues
constexpr int kCores = 8;
constexpr qint64 kQueueMiB = 8; // the least that may be set
constexpr qint64 kAtOnceMs = 1'000;

/// One batch and what became of it; sent by a thread of its own, again and again until it is acknowledged.
struct Pusher {
    metrics::Batch batch;
    std::atomic<bool> acknowledged{false};
    std::atomic<int> busy{0}; ///< 503 with Retry-After
    std::atomic<int> others{0};
    std::atomic<qint64> slowestMs{0}; ///< of the 503
    std::thread thread{};
};

metrics::Batch batchFrom(std::int64_t startMs, int number)
{
    std::mt19937 random(static_cast<unsigned>(number));
    std::array<std::uint8_t, 10> bytes{};
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(random());
    metrics::Batch batch;
    batch.id = metrics::BatchId::make(startMs, bytes);
    for (int tick = 0; tick < kTicks; ++tick) {
        metrics::Frame frame(family("cpu_core"), startMs + tick * 1'000, 1'000);
        for (int core = 0; core < kCores; ++core) {
            const auto row = frame.addRow({std::to_string(core)});
            frame.setCell(row, column("cpu_core", "user_seconds_total").index,
                metrics::Value::fixed(static_cast<std::int64_t>(random())));
        }
        batch.frames.push_back(std::move(frame));
    }
    return batch;
}

void push(Pusher& pusher, HttpsClient& client, const std::atomic<bool>& going)
{
    while (going) {
        QElapsedTimer clock;
        clock.start();
        const Answer answer = sendBatch(client, pusher.batch);
        if (answer.status == 204) {
            pusher.acknowledged = true;
            return;
        }
        if (answer.status != 503 || answer.header("retry-after").toInt() <= 0) {
            ++pusher.others;
            return;
        }
        ++pusher.busy;
        pusher.slowestMs = std::max<qint64>(pusher.slowestMs, clock.elapsed());
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

/// From now on peakKiB() counts.
bool forgetPeak(qint64 process)
{
    QFile file(QStringLiteral("/proc/%1/clear_refs").arg(process));
    return file.open(QIODevice::WriteOnly | QIODevice::Unbuffered) && file.write("5") == 1;
}

/// The most memory that a process had; -1 when that cannot be read.
qint64 peakKiB(qint64 process)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(process));
    if (!status.open(QIODevice::ReadOnly))
        return -1;
    for (const QByteArray& line : status.readAll().split('\n')) {
        if (line.startsWith("VmHWM:"))
            return line.mid(6).simplified().split(' ').value(0).toLongLong();
    }
    return -1;
}

qint64 metric(HttpsClient& person, const QByteArray& name)
{
    for (const QByteArray& line : person.get("/metrics").body.split('\n')) {
        if (line.startsWith(name + ' '))
            return line.mid(name.size() + 1).toLongLong();
    }
    return -1;
}

} // namespace

class QueueTest : public QObject {
    Q_OBJECT

private slots:
    void aFullQueueIsSaidAtOnceAndMemoryIsBounded();
};

void QueueTest::aFullQueueIsSaidAtOnceAndMemoryIsBounded()
{
    const QTemporaryDir folder;
    const auto setFault = [&](const QByteArray& fault) {
        QFile file(folder.filePath(QStringLiteral("control")));
        return file.open(QIODevice::WriteOnly) && file.write(fault) == fault.size();
    };
    ServerProcess server;
    server.setEnvironment({{QStringLiteral("LD_PRELOAD"), QStringLiteral(SEXTANT_FAULT_IO)},
        {QStringLiteral("ASAN_OPTIONS"), QStringLiteral("verify_asan_link_order=0")},
        {QStringLiteral("SEXTANT_FAULT_FOLDER"), server.dataDir()},
        {QStringLiteral("SEXTANT_FAULT_CONTROL"), folder.filePath(QStringLiteral("control"))},
        {QStringLiteral("SEXTANT_SERVER_LIMITS_INGEST_QUEUE_MIB"), QString::number(kQueueMiB)},
        {QStringLiteral("SEXTANT_SERVER_WORKERS"), QStringLiteral("2")}}); // each has a batch in its hands
    QVERIFY(setFault({}));
    QVERIFY2(server.start(), qPrintable(server.error()));
    const auto host = enrolHost(server, QStringLiteral("host"));
    QVERIFY(host.has_value());
    HttpsClient person(server.url(), server.caPem());
    QVERIFY(person.logIn(QStringLiteral("admin"), server.adminPassword()));
    const std::int64_t startMs = (QDateTime::currentMSecsSinceEpoch() / 3'600'000 - 24) * 3'600'000;
    std::list<Pusher> pushers;
    std::atomic<bool> going{true};
    // One that is stored, so that what a batch takes on its way was taken before.
    Pusher& first = pushers.emplace_back();
    first.batch = batchFrom(startMs, 0);
    HttpsClient agent(server.url(), server.caPem(), host->identity);
    push(first, agent, going);
    QVERIFY(first.acknowledged);
    QVERIFY(forgetPeak(server.processId())); // that of a password's check among it
    const qint64 beforeKiB = peakKiB(server.processId());
    QVERIFY(beforeKiB > 0);

    QVERIFY(setFault("fsync STALL"));
    for (int i = 1; i <= kSenders; ++i) {
        Pusher& pusher = pushers.emplace_back();
        pusher.batch = batchFrom(startMs + i * kTicks * 1'000, i);
        pusher.thread = std::thread([&] {
            HttpsClient client(server.url(), server.caPem(), host->identity);
            if (client.connect())
                push(pusher, client, going);
        });
    }
    const auto told = [&] {
        return std::ranges::count_if(pushers, [](const Pusher& pusher) { return pusher.busy >= 2; });
    };
    const auto end = [&] {
        going = false;
        for (Pusher& pusher : pushers) {
            if (pusher.thread.joinable())
                pusher.thread.join();
        }
    };
    const bool manyAreTold = QTest::qWaitFor([&] { return told() >= kSenders / 2; }, 9'000);
    const qint64 queuedBytes = metric(person, "sextant_server_ingest_queue_bytes");
    const auto acknowledgedMeanwhile =
        std::ranges::count_if(pushers, [](const Pusher& pusher) { return pusher.acknowledged.load(); });
    const bool freed = setFault({});
    const bool allStored = QTest::qWaitFor(
        [&] { return std::ranges::all_of(pushers, [](const Pusher& pusher) { return pusher.acknowledged.load(); }); },
        40'000);
    end();

    QVERIFY(freed && manyAreTold);
    QCOMPARE(acknowledgedMeanwhile, 1); // before it
    QVERIFY2(
        queuedBytes > kQueueMiB << 19 && queuedBytes <= kQueueMiB << 20, QByteArray::number(queuedBytes).constData());
    qint64 slowestMs = 0;
    int busy = 0;
    for (const Pusher& pusher : pushers) {
        QCOMPARE(pusher.others.load(), 0);
        slowestMs = std::max(slowestMs, pusher.slowestMs.load());
        busy += pusher.busy;
    }
    QVERIFY2(slowestMs < kAtOnceMs, QByteArray::number(slowestMs).constData());
    QVERIFY(allStored);
    const qint64 peak = peakKiB(server.processId());
    // The queue, a group that is being written, and what the requests under way are read into.
#if !defined(__SANITIZE_ADDRESS__)
    QVERIFY2(peak < beforeKiB + 4 * kQueueMiB * 1'024, QByteArray::number(peak - beforeKiB).constData());
#endif
    std::vector<metrics::Batch> batches;
    for (Pusher& pusher : pushers)
        batches.push_back(std::move(pusher.batch));
    const DeliveryAccount account = accountFor(server.dataDir() + QStringLiteral("/sextant.db"), host->id, batches);
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    QVERIFY(account.extras.empty());
    qInfo("%d answers 503, the slowest after %lld ms; %.1f MiB queued of %lld; %.1f MiB more than %.1f "
          "in memory at most; %lld values compared",
        busy, static_cast<long long>(slowestMs), static_cast<double>(queuedBytes) / 1'048'576,
        static_cast<long long>(kQueueMiB), static_cast<double>(peak - beforeKiB) / 1'024,
        static_cast<double>(beforeKiB) / 1'024, static_cast<long long>(account.values));
}

QTEST_GUILESS_MAIN(QueueTest)
#include "queue_test.moc"

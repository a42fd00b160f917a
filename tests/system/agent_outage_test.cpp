// SPDX-License-Identifier: GPL-3.0-or-later
// Long outages, made fast: this test plays the agent over hours that did not pass (its own spool and journal, a clock
// that is moved, a machine that is restarted and an agent that is killed in between) into a state folder, and then the
// real agent delivers what is in it to the real server: all of it once, the present first, the past in order and not
// faster than allowed, with memory that does not grow with what waits; and the server can tell what became of the rest.
#include "agent-service/spool/spool.h"
#include "agent-service/uplink/identity.h"
#include "metrics/codec.h"
#include "metrics/compression.h"
#include "platform/clocks.h"
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/https_client.h"
#include "support/server_process.h"
#include "support/test_host.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <random>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kHost = 1; // the only one
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::uint64_t kRoom = 256U << 20U;

/// An outage, and how the agent is set.
struct Outage {
    std::int64_t lengthMs = 0;
    std::int64_t intervalMs = 10'000;
    int cores = 64; ///< how large a batch is
    std::uint64_t maxBytes = kRoom;
    int perSecond = 1'000; ///< of the backlog
};

} // namespace

Q_DECLARE_METATYPE(Outage)

namespace {

/// An agent that collects at times that the test makes up.
class PlayedAgent {
public:
    PlayedAgent(const QString& spoolFile, const Outage& outage)
        : m_outage(outage),
          m_options{spoolFile.toStdString(), agent::SpoolMode::OnFailure, outage.maxBytes, 0, 16U << 20U}
    {
    }

    /// Starts on a machine that booted then.
    void start(const std::string& boot, std::int64_t bootMs, std::int64_t nowMs)
    {
        m_bootMs = bootMs;
        m_nowMs = nowMs;
        m_spool = std::make_unique<agent::Spool>(m_options, m_log, [this] { return m_nowMs; });
        m_spool->start({"run " + std::to_string(nowMs), boot, "1.0", clocks()});
    }
    /// The machine has the boot that it really has, so that the real agent goes on where this one ends.
    void startOnThisBoot(std::int64_t nowMs)
    {
        const platform::Clocks now = platform::readClocks();
        start(platform::readBootId({}).value_or(""), now.wallMs - now.elapsedMs, nowMs);
    }
    void killed() { m_spool.reset(); }
    void stopped()
    {
        m_spool->journal().end("stopped by SIGTERM", clocks());
        m_spool->saveJournal();
        m_spool.reset();
    }

    /// One collection, as the service packs it.
    metrics::Batch collect(std::int64_t timeMs)
    {
        m_nowMs = timeMs;
        m_spool->journal().beat(clocks());
        std::array<std::uint8_t, 10> random{};
        std::ranges::generate(random, [this] { return static_cast<std::uint8_t>(m_random()); });
        metrics::Batch batch{metrics::BatchId::make(timeMs, random), "played", {}};
        const auto intervalMs = static_cast<std::uint32_t>(m_outage.intervalMs);
        metrics::Frame cores(metrics::family("cpu_core"), timeMs, intervalMs);
        for (int core = 0; core < m_outage.cores; ++core)
            cores.set(cores.addRow({std::to_string(core)}), metrics::column("cpu_core", "user_seconds_total"),
                static_cast<std::int64_t>(m_random() >> 16U));
        metrics::Frame memory(metrics::family("memory"), timeMs, intervalMs);
        memory.set(memory.addRow(), metrics::column("memory", "used_bytes"), static_cast<std::int64_t>(m_random()));
        batch.frames = {std::move(cores), std::move(memory)};
        batch.sequence = m_spool->journal().nextSequence();
        batch.gaps = m_spool->journal().assign(batch.id);
        m_spool->saveJournal();
        return batch;
    }
    /// The server does not answer: the batch waits.
    void spool(const metrics::Batch& batch)
    {
        agent::Journal& journal = m_spool->journal();
        const std::int64_t timeMs = batch.frames[0].timeMs();
        journal.open(agent::Journal::kDelivery, metrics::GapCause::NetworkOut, timeMs, "no route to host");
        m_spool->push({batch.id, metrics::zstdCompress(metrics::encodeBatch(batch)).value(), timeMs,
            timeMs + m_outage.intervalMs});
        m_spool->retryLater(batch.id);
    }
    [[nodiscard]] std::uint64_t dropped() const { return m_spool->stats().dropped; }

private:
    [[nodiscard]] platform::Clocks clocks() const { return {m_nowMs, m_nowMs - m_bootMs, m_nowMs - m_bootMs}; }

    Outage m_outage;
    agent::SpoolOptions m_options;
    logging::Log m_log{logging::Level::Error};
    std::int64_t m_bootMs = 0;
    std::int64_t m_nowMs = 0;
    std::mt19937_64 m_random{20'261'121};
    std::unique_ptr<agent::Spool> m_spool;
};

/// The server gets a batch the short way.
bool deliver(ServerProcess& server, const QString& stateDir, const metrics::Batch& batch)
{
    const auto identity = agent::IdentityStore(stateDir.toStdString()).load();
    if (!identity)
        return false;
    HttpsClient client(server.url(), server.caPem(), Identity{identity->certificate.toPem(), identity->key.toPem()});
    return sendBatch(client, batch).status == 204;
}

} // namespace

class AgentOutageTest : public QObject {
    Q_OBJECT

private slots:
    void everythingArrivesAfterAnOutage_data();
    void everythingArrivesAfterAnOutage();

private:
    void play(PlayedAgent& played, const Outage& outage, std::int64_t presentMs);
    void checkOrder(const std::vector<Acknowledged>& acknowledged, std::int64_t presentMs);

    std::vector<metrics::Batch> m_made;
    std::uint64_t m_dropped = 0;
    qint64 m_peakKiB = 0; ///< of the shortest outage
};

void AgentOutageTest::everythingArrivesAfterAnOutage_data()
{
    QTest::addColumn<Outage>("outage");
    QTest::newRow("5 minutes") << Outage{.lengthMs = 5 * kMinuteMs, .perSecond = 20};
    QTest::newRow("3 hours") << Outage{.lengthMs = 3 * kHourMs, .intervalMs = 30'000, .perSecond = 40};
    QTest::newRow("3 hours, no room for all")
        << Outage{.lengthMs = 3 * kHourMs, .intervalMs = 30'000, .cores = 256, .maxBytes = 1U << 20U, .perSecond = 200};
    QTest::newRow("26 hours") << Outage{.lengthMs = 26 * kHourMs, .intervalMs = 2 * kMinuteMs};
    if (qEnvironmentVariableIsSet("SEXTANT_LONG_TESTS"))
        QTest::newRow("26 hours, every 10 s") << Outage{.lengthMs = 26 * kHourMs};
}

/// Four runs of the agent: with the first the machine goes down, the next are killed, stopped, killed. The first has
/// delivered a batch before the outage.
void AgentOutageTest::play(PlayedAgent& played, const Outage& outage, std::int64_t presentMs)
{
    const std::int64_t part = outage.lengthMs / 4 / outage.intervalMs * outage.intervalMs;
    const std::int64_t pause = 3 * outage.intervalMs;
    for (int run = 0; run < 4; ++run) {
        const std::int64_t beginMs = presentMs - outage.lengthMs + run * part;
        if (run < 2)
            played.start(run == 0 ? "A" : "B", beginMs - outage.intervalMs, beginMs);
        else
            played.startOnThisBoot(beginMs);
        for (std::int64_t now = beginMs; now < beginMs + part - pause; now += outage.intervalMs) {
            m_made.push_back(played.collect(now));
            if (m_made.size() > 1)
                played.spool(m_made.back());
        }
        m_dropped += played.dropped();
        if (run == 2)
            played.stopped();
        else
            played.killed();
    }
}

void AgentOutageTest::everythingArrivesAfterAnOutage()
{
    QFETCH(Outage, outage);
    m_made.clear();
    m_dropped = 0;
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent({QStringLiteral("--interval"), QStringLiteral("%1ms").arg(outage.intervalMs),
        QStringLiteral("--log-level"), QStringLiteral("debug"), QStringLiteral("--spool-min-free-bytes"),
        QStringLiteral("0"), QStringLiteral("--spool-max-bytes"), QString::number(outage.maxBytes),
        QStringLiteral("--spool-backlog-batches-per-second"), QString::number(outage.perSecond)});
    QVERIFY(agent.enrol(server));
    PlayedAgent played(agent.spoolFile(), outage);
    const std::int64_t presentMs = QDateTime::currentMSecsSinceEpoch() / outage.intervalMs * outage.intervalMs;
    play(played, outage, presentMs);
    QVERIFY(deliver(server, agent.stateDir(), m_made.front()));
    const qint64 waits = waiting(agent.spoolFile());
    QCOMPARE(waits + static_cast<qint64>(m_dropped) + 1, static_cast<qint64>(m_made.size()));

    QElapsedTimer clock;
    clock.start();
    QVERIFY(agent.start());
    QTRY_VERIFY2_WITH_TIMEOUT(waiting(agent.spoolFile()) < waits * 2 / 3, agent.log().right(2'000).constData(), 60'000);
    agent.kill();
    QVERIFY(agent.start());
    QTRY_COMPARE_WITH_TIMEOUT(waiting(agent.spoolFile()), qint64{0}, 180'000);
    const qint64 tookMs = clock.elapsed();
    QVERIFY2(tookMs >= waits * 1'000 / outage.perSecond * 9 / 10, qPrintable(QString::number(tookMs)));
    const qint64 peakKiB = agent.statusKiB("VmHWM");
    m_peakKiB = m_peakKiB == 0 ? peakKiB : m_peakKiB;
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());

    const std::vector<metrics::Batch> kept(
        m_made.begin() + 1 + static_cast<std::ptrdiff_t>(m_dropped), m_made.end()); // the oldest were dropped
    const DeliveryAccount account = accountFor(server.dataDir() + QStringLiteral("/sextant.db"), kHost, kept);
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    // Beside them: what was delivered before the outage, and the present.
    QCOMPARE(*account.extras.begin(), m_made.front().frames[0].timeMs());
    QVERIFY(*std::next(account.extras.begin()) >= presentMs);
    checkOrder(acknowledged(agent.log()), presentMs);

    const ToldGaps told = askForGaps(server, kHost, *account.times.begin(), *account.times.rbegin());
    QVERIFY2(told.fault.isEmpty(), qPrintable(told.fault));
    QCOMPARE(told.lostBatches, static_cast<std::int64_t>(m_dropped));
    const QString unclear = unexplained(told, account.times, outage.intervalMs);
    QVERIFY2(unclear.isEmpty(), (unclear.toUtf8() + told.text()).constData());
    QVERIFY2(told.has(QStringLiteral("agent_stopped")), told.text().constData());
    QVERIFY2(told.has(QStringLiteral("network_out"), true), told.text().constData());
    QCOMPARE(m_dropped > 0, outage.maxBytes < kRoom);
    QVERIFY2(told.has(QStringLiteral("spool_overflow")) == (m_dropped > 0), told.text().constData());
    // What was dropped begins before the machine went down: the first that explains a hole names it.
    QVERIFY2(told.has(QStringLiteral("host_off")), told.text().constData());
#if !defined(__SANITIZE_ADDRESS__)
    QVERIFY2(peakKiB < m_peakKiB + 4'096, qPrintable(QStringLiteral("%1 KiB").arg(peakKiB)));
#endif
    qInfo("%lld batches waited, %llu were dropped; %lld values compared; %.1f s, at most %d a second; %.1f MiB at most",
        static_cast<long long>(waits), static_cast<unsigned long long>(m_dropped),
        static_cast<long long>(account.values), static_cast<double>(tookMs) / 1'000, outage.perSecond,
        static_cast<double>(peakKiB) / 1'024);
}

/// A batch of the present does not wait behind the past, and the past comes oldest first.
void AgentOutageTest::checkOrder(const std::vector<Acknowledged>& acknowledged, std::int64_t presentMs)
{
    constexpr std::int64_t kToCollectMs = 4'000; // on a machine that has other things to do
    Acknowledged past;
    std::vector<Acknowledged> present;
    for (const Acknowledged& batch : acknowledged) {
        if (batch.timeMs >= presentMs) {
            present.push_back(batch);
            continue;
        }
        QVERIFY2(batch.timeMs > past.timeMs, qPrintable(QString::number(batch.timeMs)));
        past = batch;
    }
    QVERIFY(!present.empty());
    for (const Acknowledged& batch : present)
        QVERIFY2(batch.atMs < past.atMs || batch.timeMs + kToCollectMs > past.atMs,
            qPrintable(
                QStringLiteral("%1 came at %2, the past until %3").arg(batch.timeMs).arg(batch.atMs).arg(past.atMs)));
}

QTEST_GUILESS_MAIN(AgentOutageTest)
#include "agent_outage_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The real agent and the real server: the agent is killed again and again, the server goes away and comes back
// meanwhile. Every value that the agent spooled or got acknowledged is found at the server afterwards exactly once, no
// other is, and the rest is explained. SEXTANT_KILLS: how often the agent is killed (default 20).
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/server_process.h"

#include <QRandomGenerator>
#include <QtTest>

#include <algorithm>
#include <array>
#include <cstdio>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kHost = 1;      // the only one
constexpr int kTurnOfServer = 5; // kills between two changes of the server
constexpr int kLongPause = 6;    // kills between two pauses that are long enough for a hole

int wantedKills()
{
    bool set = false;
    const int wanted = qEnvironmentVariableIntValue("SEXTANT_KILLS", &set);
    return set ? wanted : 20;
}

/// Until some moment: any, or one of those in which an agent that was just started packs, keeps and sends its first or
/// its second batch.
void waitForAMoment(int kill)
{
    QRandomGenerator& random = *QRandomGenerator::global();
    const std::array waits{random.bounded(20, 700), random.bounded(120), 1'000 + random.bounded(120)};
    QTest::qWait(waits[static_cast<std::size_t>(kill) % waits.size()]);
}

} // namespace

class AgentDeliveryTest : public QObject {
    Q_OBJECT

private slots:
    void everyValueArrivesOnceThroughKills_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<int>("kills");
        QTest::newRow("always") << QStringLiteral("always") << wantedKills() * 2 / 3;
        QTest::newRow("on failure") << QStringLiteral("on_failure") << wantedKills() - wantedKills() * 2 / 3;
        QTest::newRow("off") << QStringLiteral("off") << 1 + kTurnOfServer;
    }
    void everyValueArrivesOnceThroughKills();
};

void AgentDeliveryTest::everyValueArrivesOnceThroughKills()
{
    QFETCH(QString, mode);
    QFETCH(int, kills);
    const bool always = mode == QStringLiteral("always");
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent({QStringLiteral("--spool-mode"), mode, QStringLiteral("--spool-min-free-bytes"),
        QStringLiteral("0"), QStringLiteral("--log-level"), QStringLiteral("debug")});
    QVERIFY2(agent.enrol(server), agent.log().constData());
    QVERIFY(plantWitness(agent.spoolFile()));
    QVERIFY(agent.start());
    QTRY_VERIFY2_WITH_TIMEOUT(acknowledged(agent.log()).size() >= 3, agent.log().constData(), 20'000);

    for (int kill = 1; kill <= kills; ++kill) {
        waitForAMoment(kill);
        agent.kill();
        if (kill % (2 * kTurnOfServer) == kTurnOfServer)
            server.kill();
        else if (kill % (2 * kTurnOfServer) == 0)
            QVERIFY2(server.start(), qPrintable(server.error()));
        if (kill % 50 == 0)
            std::fprintf(stderr, "agent_delivery_test: %s: %d of %d kills\n", qPrintable(mode), kill, kills);
        if (kill % kLongPause == kLongPause / 2)
            QTest::qWait(2'100);
        QVERIFY(agent.start());
    }
    if (!server.isRunning())
        QVERIFY2(server.start(), qPrintable(server.error()));
    agent.kill();
    QVERIFY(agent.start());
    QTest::qWait(2'500); // so that what is to be said of the last kill comes over
    QTRY_COMPARE_WITH_TIMEOUT(waiting(agent.spoolFile()), qint64{0}, 120'000);
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    QVERIFY2(!agent.log().contains("damaged"), agent.log().constData());

    const auto spooled = witnessed(agent.spoolFile());
    QVERIFY(spooled.has_value());
    const DeliveryAccount account = accountFor(server.dataDir() + QStringLiteral("/sextant.db"), kHost, *spooled);
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    std::set<std::int64_t> answered;
    for (const Acknowledged& batch : acknowledged(agent.log()))
        answered.insert(batch.timeMs);
    QVERIFY(std::ranges::includes(account.times, answered));
    const ToldGaps told = askForGaps(server, kHost, *account.times.begin(), *account.times.rbegin());
    QVERIFY2(told.fault.isEmpty(), qPrintable(told.fault));
    if (always) {
        QCOMPARE(account.extras.size(), std::size_t{0});
        QCOMPARE(told.lostBatches, missingNumbers(*spooled));
    } else {
        // What was delivered without the disk; the kill may have come between the server's commit and its answer.
        std::vector<std::int64_t> unanswered;
        std::ranges::set_difference(account.extras, answered, std::back_inserter(unanswered));
        QVERIFY(static_cast<int>(unanswered.size()) <= kills + 1);
        QVERIFY(mode == QStringLiteral("off") || told.lostBatches <= kills + 1);
    }
    const QString unclear = unexplained(told, account.times, 1'000);
    QVERIFY2(unclear.isEmpty(), (unclear.toUtf8() + told.text()).constData());
    QVERIFY2(told.has(QStringLiteral("agent_stopped")), told.text().constData());
    qInfo("%d kills, %s: %lld values of %zu spooled batches compared, %zu ticks stored, %lld batches never came", kills,
        qPrintable(mode), static_cast<long long>(account.values), spooled->size(), account.times.size(),
        static_cast<long long>(told.lostBatches));
}

QTEST_GUILESS_MAIN(AgentDeliveryTest)
#include "agent_delivery_test.moc"

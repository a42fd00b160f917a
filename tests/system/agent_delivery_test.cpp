// SPDX-License-Identifier: GPL-3.0-or-later
// Real agents and the real server: the agents are killed again and again, each at moments of its own, the server goes
// away and comes back meanwhile. Every value that an agent spooled or got acknowledged is found at the server
// afterwards exactly once, no other is, and the rest is explained. SEXTANT_KILLS: how often agents are killed in all
// (default 200).
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/server_process.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <vector>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr int kMostAgents = 8;   // of one server, so that the many kills do not take the test minutes
constexpr int kTurnOfServer = 3; // kills of each agent between two changes of the server
constexpr int kLongPause = 6;    // kills of an agent between two pauses that are long enough for a hole

int wantedKills()
{
    bool set = false;
    const int wanted = qEnvironmentVariableIntValue("SEXTANT_KILLS", &set);
    return set ? wanted : 200;
}

/// When an agent that was just started is to be killed: at any moment, or at one of those in which it packs, keeps and
/// sends its first or its second batch.
qint64 momentMs(int kill)
{
    QRandomGenerator& random = *QRandomGenerator::global();
    const std::array waits{random.bounded(20, 700), random.bounded(120), 1'000 + random.bounded(120)};
    return waits[static_cast<std::size_t>(kill) % waits.size()];
}

/// An agent that is killed again and again; `host` is its number at the server.
struct Victim {
    qint64 host = 0;
    std::unique_ptr<AgentProcess> agent;
    int kills = 0;
    qint64 nextMs = 0; ///< of the test's clock: when it is killed or, after a long pause, started
};

} // namespace

class AgentDeliveryTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_server = std::make_unique<ServerProcess>();
        m_clock.start();
    }
    void cleanup()
    {
        m_victims.clear();
        m_server.reset();
    }
    void everyValueArrivesOnceThroughKills_data()
    {
        QTest::addColumn<QString>("mode");
        QTest::addColumn<int>("kills");
        QTest::newRow("always") << QStringLiteral("always") << wantedKills() * 2 / 3;
        QTest::newRow("on failure") << QStringLiteral("on_failure") << wantedKills() - wantedKills() * 2 / 3;
        QTest::newRow("off") << QStringLiteral("off") << kMostAgents;
    }
    void everyValueArrivesOnceThroughKills();

private:
    void startAll(const QString& mode, int agents);
    void killThem(const QString& mode, int kills);
    void next(Victim& victim);
    void letThemDeliver();
    void check(Victim& victim, const QString& mode);

    std::unique_ptr<ServerProcess> m_server;
    std::vector<Victim> m_victims;
    QElapsedTimer m_clock;
    qint64 m_values = 0;
    std::size_t m_ticks = 0;
    std::size_t m_spooled = 0;
};

void AgentDeliveryTest::everyValueArrivesOnceThroughKills()
{
    QFETCH(QString, mode);
    QFETCH(int, kills);
    startAll(mode, std::clamp(kills / 4, 1, kMostAgents));
    if (!QTest::currentTestFailed())
        killThem(mode, kills);
    if (!QTest::currentTestFailed())
        letThemDeliver();
    m_values = 0;
    m_ticks = m_spooled = 0;
    for (auto victim = m_victims.begin(); victim != m_victims.end() && !QTest::currentTestFailed(); ++victim)
        check(*victim, mode);
    qInfo("%d kills of %zu agents, %s: %lld values of %zu spooled batches compared, %zu ticks stored; %.0f s", kills,
        m_victims.size(), qPrintable(mode), static_cast<long long>(m_values), m_spooled, m_ticks,
        static_cast<double>(m_clock.elapsed()) / 1'000);
}

void AgentDeliveryTest::startAll(const QString& mode, int agents)
{
    QVERIFY2(m_server->start(), qPrintable(m_server->error()));
    for (int i = 0; i < agents; ++i) {
        m_victims.push_back({i + 1, std::make_unique<AgentProcess>(QStringList{QStringLiteral("--spool-mode"), mode,
                                        QStringLiteral("--spool-min-free-bytes"), QStringLiteral("0"),
                                        QStringLiteral("--log-level"), QStringLiteral("debug")})});
        AgentProcess& agent = *m_victims.back().agent;
        QVERIFY2(agent.enrol(*m_server), agent.log().constData());
        QVERIFY(plantWitness(agent.spoolFile()));
        QVERIFY(agent.start());
    }
    for (const Victim& victim : m_victims)
        QTRY_VERIFY2_WITH_TIMEOUT(
            acknowledged(victim.agent->log()).size() >= 3, victim.agent->log().constData(), 20'000);
}

void AgentDeliveryTest::killThem(const QString& mode, int kills)
{
    for (Victim& victim : m_victims)
        victim.nextMs = m_clock.elapsed() + momentMs(static_cast<int>(victim.host));
    const int turn = kTurnOfServer * static_cast<int>(m_victims.size());
    for (int kill = 0; kill < kills;) {
        Victim& victim = *std::ranges::min_element(m_victims, {}, &Victim::nextMs);
        if (const qint64 waitMs = victim.nextMs - m_clock.elapsed(); waitMs > 0)
            QTest::qWait(static_cast<int>(waitMs));
        if (!victim.agent->isRunning()) {
            QVERIFY(victim.agent->start());
            victim.nextMs = m_clock.elapsed() + momentMs(victim.kills);
            continue;
        }
        next(victim);
        ++kill;
        if (kill % (2 * turn) == turn / 2)
            m_server->kill();
        else if (kill % (2 * turn) == turn + turn / 2)
            QVERIFY2(m_server->start(), qPrintable(m_server->error()));
        if (kill % 50 == 0)
            std::fprintf(stderr, "agent_delivery_test: %s: %d of %d kills\n", qPrintable(mode), kill, kills);
    }
}

/// Kills it; it comes back at once, or after a pause.
void AgentDeliveryTest::next(Victim& victim)
{
    victim.agent->kill();
    ++victim.kills;
    if (victim.kills % kLongPause == kLongPause / 2) {
        victim.nextMs = m_clock.elapsed() + 2'100;
        return;
    }
    QVERIFY(victim.agent->start());
    victim.nextMs = m_clock.elapsed() + momentMs(victim.kills);
}

void AgentDeliveryTest::letThemDeliver()
{
    if (!m_server->isRunning())
        QVERIFY2(m_server->start(), qPrintable(m_server->error()));
    for (Victim& victim : m_victims) {
        victim.agent->kill();
        ++victim.kills;
        QVERIFY(victim.agent->start());
    }
    QTest::qWait(2'500); // so that what is to be said of the last kill comes over
    for (const Victim& victim : m_victims)
        QTRY_COMPARE_WITH_TIMEOUT(waiting(victim.agent->spoolFile()), qint64{0}, 120'000);
    for (const Victim& victim : m_victims) {
        QVERIFY2(victim.agent->stop(), victim.agent->log().right(2'000).constData());
        QVERIFY2(!victim.agent->log().contains("damaged"), victim.agent->log().constData());
    }
}

void AgentDeliveryTest::check(Victim& victim, const QString& mode)
{
    const auto spooled = witnessed(victim.agent->spoolFile());
    QVERIFY(spooled.has_value());
    const DeliveryAccount account =
        accountFor(m_server->dataDir() + QStringLiteral("/sextant.db"), victim.host, *spooled);
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    std::set<std::int64_t> answered;
    for (const Acknowledged& batch : acknowledged(victim.agent->log()))
        answered.insert(batch.timeMs);
    QVERIFY(!answered.empty());
    QVERIFY(std::ranges::includes(account.times, answered));
    const ToldGaps told = askForGaps(*m_server, victim.host, *account.times.begin(), *account.times.rbegin());
    QVERIFY2(told.fault.isEmpty(), qPrintable(told.fault));
    if (mode == QStringLiteral("always")) {
        QCOMPARE(account.extras.size(), std::size_t{0});
        QCOMPARE(told.lostBatches, missingNumbers(*spooled));
    } else {
        // What was delivered without the disk; the kill may have come between the server's commit and its answer.
        std::vector<std::int64_t> unanswered;
        std::ranges::set_difference(account.extras, answered, std::back_inserter(unanswered));
        QVERIFY(static_cast<int>(unanswered.size()) <= victim.kills);
        QVERIFY(mode == QStringLiteral("off") || told.lostBatches <= victim.kills);
    }
    const QString unclear = unexplained(told, account.times, 1'000);
    QVERIFY2(unclear.isEmpty(), (unclear.toUtf8() + told.text()).constData());
    QVERIFY2(told.has(QStringLiteral("agent_stopped")), told.text().constData());
    m_values += account.values;
    m_ticks += account.times.size();
    m_spooled += spooled->size();
}

QTEST_GUILESS_MAIN(AgentDeliveryTest)
#include "agent_delivery_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The power fails: the real agent and the real server are killed with SIGKILL at one moment, again and again, and
// through scripts/timescale PostgreSQL with them. Every value that the agent spooled is found at the server afterwards
// exactly once, no other is, and every hole is explained. SEXTANT_KILLS times, else 3.
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/numbered_ledger.h"
#include "support/postgres_cluster.h"
#include "support/server_process.h"

#include <QTest>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <random>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kHost = 1; // the only one

int kills()
{
    const int wanted = qEnvironmentVariableIntValue("SEXTANT_KILLS");
    return wanted > 0 ? wanted : 3;
}

} // namespace

class KillAllTest : public QObject {
    Q_OBJECT

private slots:
    void everyValueIsThereOnce();

private:
    void killAll();
    void startAll();
    [[nodiscard]] qsizetype acknowledgements() const { return m_agent.log().count("msg=acknowledged"); }
    [[nodiscard]] DeliveryAccount account(const std::vector<metrics::Batch>& spooled) const;

    PostgresCluster m_postgres;
    ServerProcess m_server;
    AgentProcess m_agent{
        {QStringLiteral("--spool-mode"), QStringLiteral("always"), QStringLiteral("--spool-min-free-bytes"),
            QStringLiteral("0"), QStringLiteral("--log-level"), QStringLiteral("debug")}};
    std::mt19937 m_random{52};
};

void KillAllTest::everyValueIsThereOnce()
{
    if (PostgresCluster::isThere())
        m_server.setEnvironment({{QStringLiteral("SEXTANT_SERVER_DATABASE_URL"), m_postgres.url()}});
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    QVERIFY2(!PostgresCluster::isThere() || hasHypertables(m_postgres.url()), "this is no TimescaleDB");
    QVERIFY2(m_agent.enrol(m_server), m_agent.log().constData());
    QVERIFY(plantWitness(m_agent.spoolFile()));
    QVERIFY(m_agent.start());
    for (int kill = 1; kill <= kills(); ++kill) {
        const qsizetype before = acknowledgements();
        QTRY_VERIFY2_WITH_TIMEOUT(acknowledgements() > before, m_agent.log().right(2'000).constData(), 90'000);
        QTest::qWait(static_cast<int>(m_random() % 1'000));
        killAll();
        startAll();
        if (QTest::currentTestFailed())
            return;
        if (kill % 50 == 0)
            std::fprintf(stderr, "kill_all_test: %d of %d kills\n", kill, kills());
    }
    QTest::qWait(2'500); // so that what is to be said of the last kill comes over
    QTRY_COMPARE_WITH_TIMEOUT(waiting(m_agent.spoolFile()), qint64{0}, 120'000);
    QVERIFY2(m_agent.stop(), m_agent.log().right(2'000).constData());
    QVERIFY2(!m_agent.log().contains("damaged"), m_agent.log().constData());

    const auto spooled = witnessed(m_agent.spoolFile());
    QVERIFY(spooled.has_value());
    const DeliveryAccount stored = account(*spooled);
    QVERIFY2(stored.fault.isEmpty(), qPrintable(stored.fault));
    QCOMPARE(stored.extras.size(), std::size_t{0});
    for (const Acknowledged& batch : acknowledged(m_agent.log()))
        QVERIFY(stored.times.contains(batch.timeMs));
    const ToldGaps told = askForGaps(m_server, kHost, *stored.times.begin(), *stored.times.rbegin());
    QVERIFY2(told.fault.isEmpty(), qPrintable(told.fault));
    QCOMPARE(told.lostBatches, missingNumbers(*spooled));
    const QString unclear = unexplained(told, stored.times, 1'000);
    QVERIFY2(unclear.isEmpty(), (unclear.toUtf8() + told.text()).constData());
    qInfo("%d kills of all at once: %lld values of %zu spooled batches compared, %lld batches never came", kills(),
        static_cast<long long>(stored.values), spooled->size(), static_cast<long long>(told.lostBatches));
}

void KillAllTest::killAll()
{
    m_agent.signal(SIGKILL);
    QCOMPARE(::kill(static_cast<pid_t>(m_server.processId()), SIGKILL), 0);
    if (PostgresCluster::isThere())
        QVERIFY(m_postgres.killPostmaster());
    m_agent.kill();
    m_server.kill();
}

/// The server does not wait for its database, nor the agent for its server.
void KillAllTest::startAll()
{
    QVERIFY(m_agent.start());
    QVERIFY2(m_server.start(), qPrintable(m_server.error()));
    if (PostgresCluster::isThere())
        QVERIFY(m_postgres.start());
}

DeliveryAccount KillAllTest::account(const std::vector<metrics::Batch>& spooled) const
{
    if (!PostgresCluster::isThere())
        return accountFor(m_server.dataDir() + QStringLiteral("/sextant.db"), kHost, spooled);
    DeliveryAccount failed;
    const auto opened = openPostgresStore(m_postgres.url());
    if (opened)
        return accountFor(*opened->store, kHost, spooled);
    failed.fault = QString::fromStdString(opened.error().message);
    return failed;
}

QTEST_GUILESS_MAIN(KillAllTest)
#include "kill_all_test.moc"

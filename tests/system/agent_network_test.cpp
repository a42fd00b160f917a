// SPDX-License-Identifier: GPL-3.0-or-later
// The real agent and the real server with a bad network between them. Every value that the agent spooled arrives once,
// nothing else does, and every hole has a reason.
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/lossy_link.h"
#include "support/rough_proxy.h"
#include "support/server_process.h"

#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kHost = 1; // the only one

} // namespace

class AgentNetworkTest : public QObject {
    Q_OBJECT

private slots:
    void everyValueArrivesOnceThroughABadProxy_data();
    void everyValueArrivesOnceThroughABadProxy();
    void everyValueArrivesOnceOverABadWire_data();
    void everyValueArrivesOnceOverABadWire();

private:
    void startAgent(AgentProcess& agent, ServerProcess& server, const QString& url);
    void checkDelivery(AgentProcess& agent, ServerProcess& server);
};

void AgentNetworkTest::startAgent(AgentProcess& agent, ServerProcess& server, const QString& url)
{
    QVERIFY(agent.enrol(server));
    QVERIFY(plantWitness(agent.spoolFile()));
    agent.setArguments({QStringLiteral("--server"), url, QStringLiteral("--spool-mode"), QStringLiteral("always"),
        QStringLiteral("--spool-min-free-bytes"), QStringLiteral("0"), QStringLiteral("--uplink-timeout"),
        QStringLiteral("5s"), QStringLiteral("--log-level"), QStringLiteral("debug")});
    QVERIFY(agent.start());
}

void AgentNetworkTest::checkDelivery(AgentProcess& agent, ServerProcess& server)
{
    QTest::qWait(2'500); // so that it has said what is to be said of the kill
    QTRY_COMPARE_WITH_TIMEOUT(waiting(agent.spoolFile()), qint64{0}, 60'000);
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    auto spooled = witnessed(agent.spoolFile());
    const auto left = waitingBatches(agent.spoolFile());
    QVERIFY(spooled.has_value() && left.has_value());
    // What was collected after the last look may still wait on disk, for the next start.
    QVERIFY2(left->size() <= 2, qPrintable(QString::number(left->size())));
    std::erase_if(*spooled, [&](const metrics::Batch& batch) {
        return std::ranges::any_of(*left, [&](const metrics::Batch& one) { return one.id == batch.id; });
    });
    const DeliveryAccount account = accountFor(server.dataDir() + QStringLiteral("/sextant.db"), kHost, *spooled);
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    QVERIFY(account.extras.empty());
    const ToldGaps told = askForGaps(server, kHost, *account.times.begin(), *account.times.rbegin());
    QCOMPARE(told.lostBatches, missingNumbers(*spooled));
    const QString unclear = unexplained(told, account.times, 1'000);
    QVERIFY2(unclear.isEmpty(), (unclear.toUtf8() + told.text()).constData());
    qInfo("%zu batches, %lld values compared", spooled->size(), static_cast<long long>(account.values));
}

void AgentNetworkTest::everyValueArrivesOnceThroughABadProxy_data()
{
    QTest::addColumn<int>("trouble");
    QTest::addColumn<qint64>("bytesPerSecond");
    QTest::addColumn<int>("troubles");
    QTest::newRow("64 kbit/s") << int(RoughProxy::Trouble::None) << qint64{8'000} << 0;
    QTest::newRow("cut") << int(RoughProxy::Trouble::Cut) << qint64{0} << 2;
    QTest::newRow("half open") << int(RoughProxy::Trouble::Silence) << qint64{0} << 1;
    QTest::newRow("half closed") << int(RoughProxy::Trouble::HalfClose) << qint64{0} << 2;
}

void AgentNetworkTest::everyValueArrivesOnceThroughABadProxy()
{
    QFETCH(int, trouble);
    QFETCH(qint64, bytesPerSecond);
    QFETCH(int, troubles);
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    RoughProxy proxy(server.port());
    QVERIFY(proxy.listen());
    proxy.setTrouble(static_cast<RoughProxy::Trouble>(trouble));
    proxy.setBytesPerSecond(bytesPerSecond);
    AgentProcess agent;
    startAgent(agent, server, QStringLiteral("https://127.0.0.1:%1").arg(proxy.port()));
    QTest::qWait(3'000);
    QTRY_VERIFY2_WITH_TIMEOUT(proxy.troubled() >= troubles, agent.log().constData(), 20'000);
    if (bytesPerSecond > 0) { // slow is no outage
        QTRY_VERIFY_WITH_TIMEOUT(acknowledged(agent.log()).size() >= 5, 10'000);
        QCOMPARE(proxy.connections(), 1);
    }
    proxy.setTrouble(RoughProxy::Trouble::None);
    agent.kill(); // what it waits for after so many failures would take the test a minute
    QVERIFY(agent.start());
    checkDelivery(agent, server);
}

void AgentNetworkTest::everyValueArrivesOnceOverABadWire_data()
{
    QTest::addColumn<int>("lossPercent");
    QTest::addColumn<int>("bytesPerSecond");
    QTest::addColumn<bool>("halfOpen");
    QTest::newRow("30 % of the packets are lost") << 30 << 0 << false;
    QTest::newRow("64 kbit/s") << 0 << 8'000 << false;
    QTest::newRow("half-open connections") << 0 << 0 << true;
}

/// The agent lives in a network namespace of its own; the wire between it and the server's is bad.
void AgentNetworkTest::everyValueArrivesOnceOverABadWire()
{
    QFETCH(int, lossPercent);
    QFETCH(int, bytesPerSecond);
    QFETCH(bool, halfOpen);
    LossyLink link;
    if (const QString reason = link.start(); !reason.isEmpty())
        QSKIP(qPrintable(QStringLiteral("NO BAD WIRE IN THIS RUN, ") + reason));
    ServerProcess server; // its certificate has this side's address too
    QVERIFY2(server.start(), qPrintable(server.error()));
    RoughProxy proxy(server.port()); // the server listens on loopback alone
    QVERIFY(proxy.listen(QHostAddress(QString::fromLatin1(LossyLink::kHere))));
    const std::size_t wanted = lossPercent > 0 ? 8 : 4;
    AgentProcess agent;
    agent.setBefore([&link] { link.enterOther(); });
    link.setLossPercent(lossPercent);
    link.setBytesPerSecond(bytesPerSecond);
    startAgent(
        agent, server, QStringLiteral("https://%1:%2").arg(QString::fromLatin1(LossyLink::kHere)).arg(proxy.port()));
    QTRY_VERIFY2_WITH_TIMEOUT(acknowledged(agent.log()).size() >= wanted, agent.log().constData(), 60'000);
    if (lossPercent > 0)
        QVERIFY(link.lost() > 5);
    if (bytesPerSecond > 0)
        QCOMPARE(proxy.connections(), 1); // slow is no outage
    if (halfOpen) {
        // Neither end learns that the connection is gone; the agent gives it up by itself and makes another.
        link.forgetConnections();
        QTRY_VERIFY2_WITH_TIMEOUT(acknowledged(agent.log()).size() >= wanted + 3, agent.log().constData(), 60'000);
        QVERIFY(link.ignored() > 0);
        QCOMPARE(proxy.connections(), 2);
    }
    qInfo("%d packets carried, %d lost, %d ignored", link.carried(), link.lost(), link.ignored());
    link.setLossPercent(0);
    link.setBytesPerSecond(0);
    agent.kill();
    QVERIFY(agent.start());
    checkDelivery(agent, server);
}

QTEST_GUILESS_MAIN(AgentNetworkTest)
#include "agent_network_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// The real agent on a machine whose clock is set while it runs, and on one that sleeps (tests/support/shifted_clock).
// The server's account of what is missing names it, and nothing is left unknown.
#include "support/agent_process.h"
#include "support/delivery_ledger.h"
#include "support/server_process.h"

#include <QDateTime>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace sextant;
using namespace sextant::test;

namespace {

constexpr qint64 kHost = 1; // the only one
constexpr qint64 kHourMs = 3'600'000;

} // namespace

class AgentClockTest : public QObject {
    Q_OBJECT

private slots:
    void aClockThatWasSetIsNamed_data();
    void aClockThatWasSetIsNamed();
    void aMachineThatSleptIsNamed();

private:
    [[nodiscard]] bool setClock(const QByteArray& text)
    {
        QFile file(m_folder.filePath(QStringLiteral("clock")));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    }
    [[nodiscard]] std::map<QString, QString> environment() const
    {
        return {{QStringLiteral("LD_PRELOAD"), QStringLiteral(SEXTANT_SHIFTED_CLOCK)},
            {QStringLiteral("ASAN_OPTIONS"), QStringLiteral("verify_asan_link_order=0")},
            {QStringLiteral("SEXTANT_CLOCK_CONTROL"), m_folder.filePath(QStringLiteral("clock"))}};
    }
    void waitForMore(const AgentProcess& agent, std::size_t batches)
    {
        const std::size_t wanted = acknowledged(agent.log()).size() + batches;
        QTRY_VERIFY2_WITH_TIMEOUT(acknowledged(agent.log()).size() >= wanted, agent.log().constData(), 40'000);
    }
    static qint64 missingMs(const ToldGaps& told, const QString& cause)
    {
        qint64 sum = 0;
        for (const ToldGap& gap : told.gaps)
            sum += gap.cause == cause && !gap.late ? gap.toMs - gap.fromMs : 0;
        return sum;
    }

    QTemporaryDir m_folder;
};

void AgentClockTest::aClockThatWasSetIsNamed_data()
{
    QTest::addColumn<QByteArray>("seconds");
    QTest::newRow("1 h forward, then back") << QByteArray("3600");
    QTest::newRow("1 h back, then forward") << QByteArray("-3600");
}

/// The agent's clock alone.
void AgentClockTest::aClockThatWasSetIsNamed()
{
    QFETCH(QByteArray, seconds);
    const bool ahead = !seconds.startsWith('-');
    QVERIFY(setClock("0"));
    ServerProcess server;
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent({QStringLiteral("--log-level"), QStringLiteral("debug")});
    QVERIFY2(agent.enrol(server), agent.log().constData());
    agent.setEnvironment(environment());
    QVERIFY(agent.start());
    const qint64 startMs = QDateTime::currentMSecsSinceEpoch();
    waitForMore(agent, 2);
    QVERIFY(setClock(seconds));
    waitForMore(agent, 4);
    if (ahead) { // nothing is unknown meanwhile either
        const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
        const ToldGaps told = askForGaps(server, kHost, startMs, nowMs);
        QVERIFY2(told.fault.isEmpty() && !told.has(QStringLiteral("unknown")), told.text().constData());
        QVERIFY2(missingMs(told, QStringLiteral("clock_jump")) >= 2'000, told.text().constData());
    }
    QVERIFY(setClock("0"));
    waitForMore(agent, 3);
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    const DeliveryAccount account = accountFor(server.dataDir() + QStringLiteral("/sextant.db"), kHost, {});
    QVERIFY2(account.fault.isEmpty(), qPrintable(account.fault));
    const auto first = account.times.lower_bound(startMs); // what was made by a clock that was behind is before it
    QVERIFY(first != account.times.end());
    const ToldGaps told = askForGaps(server, kHost, *first, *account.times.rbegin());
    QVERIFY2(told.fault.isEmpty(), qPrintable(told.fault));
    QVERIFY2(!told.has(QStringLiteral("unknown")), told.text().constData());
    const qint64 named = missingMs(told, QStringLiteral("clock_jump"));
    QVERIFY2(named >= 3'000 && named < 60'000, told.text().constData());
    qInfo("a clock that was %s s off for a while: %lld ms are missing for it, nothing is unknown", seconds.constData(),
        static_cast<long long>(named));
}

/// Its own clock and that of everybody else go on while a machine sleeps.
void AgentClockTest::aMachineThatSleptIsNamed()
{
    QVERIFY(setClock("0 0"));
    ServerProcess server;
    server.setEnvironment(environment());
    QVERIFY2(server.start(), qPrintable(server.error()));
    AgentProcess agent({QStringLiteral("--log-level"), QStringLiteral("debug")});
    QVERIFY2(agent.enrol(server), agent.log().constData());
    agent.setEnvironment(environment());
    QVERIFY(agent.start());
    const qint64 startMs = QDateTime::currentMSecsSinceEpoch();
    waitForMore(agent, 2);
    QVERIFY(setClock("3600 3600"));
    waitForMore(agent, 3);
    const ToldGaps told = askForGaps(server, kHost, startMs, QDateTime::currentMSecsSinceEpoch() + kHourMs);
    QVERIFY2(told.fault.isEmpty() && !told.has(QStringLiteral("unknown")), told.text().constData());
    const qint64 slept = missingMs(told, QStringLiteral("suspended"));
    QVERIFY2(slept > kHourMs - 10'000 && slept < kHourMs + 10'000, told.text().constData());
    QVERIFY2(agent.stop(), agent.log().right(2'000).constData());
    qInfo(
        "a machine that slept an hour: %lld ms are missing for it, nothing is unknown", static_cast<long long>(slept));
}

QTEST_GUILESS_MAIN(AgentClockTest)
#include "agent_clock_test.moc"

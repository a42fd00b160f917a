// SPDX-License-Identifier: GPL-3.0-or-later
// The scheduler and the journal on one machine whose clocks the test turns: set by an hour or a year, or asleep. Ticks
// go on at once by the new time, and the hole that is left in them is covered by one report of the right cause.
#include "agent-service/collect/tick_plan.h"
#include "agent-service/spool/journal.h"

#include <QTest>

using namespace sextant;
using namespace sextant::agent;
using namespace std::chrono_literals;
using metrics::GapCause;

namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kInterval = 10 * kSecond;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kYear = 365 * 24 * kHour;
constexpr std::int64_t kNow = 1'800'000'003'400;

/// The agent wakes when it asked to be, by the clock that stands still in a sleep, as timers do.
class Machine {
public:
    Machine()
    {
        m_journal.begin({"run", "A", "1.0", m_clocks});
        m_journal.load("", [](const metrics::BatchId&) { return false; });
        wake();
    }
    void runFor(std::int64_t ms)
    {
        const std::int64_t endMs = m_clocks.awakeMs + ms;
        while (m_wakeAtMs <= endMs) {
            pass(m_wakeAtMs - m_clocks.awakeMs);
            wake();
        }
        pass(endMs - m_clocks.awakeMs);
    }
    void setClock(std::int64_t byMs) { m_clocks.wallMs += byMs; }
    void sleep(std::int64_t ms)
    {
        m_clocks.wallMs += ms;
        m_clocks.elapsedMs += ms;
    }

    QList<qint64> ticks;
    std::uint64_t missed = 0;
    [[nodiscard]] std::vector<metrics::GapReport> reports() { return m_journal.assign(metrics::BatchId::make(1, {})); }

private:
    void pass(std::int64_t ms)
    {
        sleep(ms);
        m_clocks.awakeMs += ms;
    }
    void wake()
    {
        m_journal.beat(m_clocks);
        const auto decision = m_plan.look({m_clocks.wallMs, std::chrono::milliseconds(m_clocks.elapsedMs)});
        if (decision.tickMs)
            ticks << *decision.tickMs;
        missed += decision.missed;
        m_wakeAtMs = m_clocks.awakeMs + decision.wait.count();
    }

    platform::Clocks m_clocks{kNow, 5 * kHour, 4 * kHour};
    TickPlan m_plan{std::chrono::milliseconds(kInterval)};
    Journal m_journal;
    std::int64_t m_wakeAtMs = 0;
};

} // namespace

class ClockJumpsTest : public QObject {
    Q_OBJECT
private slots:
    void ticksGoOnAndTheHoleIsExplained_data()
    {
        QTest::addColumn<qint64>("setBy");
        QTest::addColumn<qint64>("sleep");
        QTest::addColumn<int>("cause");
        const int jump = static_cast<int>(GapCause::ClockJump);
        QTest::newRow("an hour forward") << qint64{kHour} << qint64{0} << jump;
        QTest::newRow("an hour back") << qint64{-kHour} << qint64{0} << jump;
        QTest::newRow("a year forward") << qint64{kYear} << qint64{0} << jump;
        QTest::newRow("a year back") << qint64{-kYear} << qint64{0} << jump;
        QTest::newRow("asleep for an hour") << qint64{0} << qint64{kHour} << static_cast<int>(GapCause::Suspended);
        QTest::newRow("asleep for a year") << qint64{0} << qint64{kYear} << static_cast<int>(GapCause::Suspended);
    }
    void ticksGoOnAndTheHoleIsExplained()
    {
        QFETCH(qint64, setBy);
        QFETCH(qint64, sleep);
        QFETCH(int, cause);
        Machine machine;
        machine.runFor(63 * kSecond);
        const QList<qint64> before = std::exchange(machine.ticks, {});
        QVERIFY(before.size() >= 7);
        machine.setClock(setBy);
        machine.sleep(sleep);
        machine.runFor(60 * kSecond);
        const QList<qint64> after = machine.ticks;

        QVERIFY2(after.size() >= 5 && after.size() <= 7, qPrintable(QString::number(after.size())));
        QCOMPARE(after.first() % kInterval, 0);
        for (qsizetype i = 1; i < after.size(); ++i)
            QCOMPARE(after[i] - after[i - 1], qint64{kInterval});
        // By the new time, and not long after it was there.
        const qint64 moved = after.first() - before.last() - setBy - sleep;
        QVERIFY2(moved >= 0 && moved <= 2 * kInterval, qPrintable(QString::number(moved)));
        const auto expected = static_cast<std::int64_t>(machine.missed) * kInterval;
        QVERIFY2(std::abs(expected - sleep) <= kInterval, qPrintable(QString::number(machine.missed)));

        const auto reports = machine.reports();
        QCOMPARE(reports.size(), std::size_t(1));
        QCOMPARE(static_cast<int>(reports[0].cause), cause);
        if (setBy >= 0) { // time that never passed leaves a hole, time that passes twice does not
            QVERIFY(reports[0].fromMs <= before.last() + kInterval);
            QVERIFY(reports[0].toMs >= after.first() - kInterval);
        }
    }
};

QTEST_GUILESS_MAIN(ClockJumpsTest)
#include "clock_jumps_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/tick_plan.h"

#include <QTest>

using namespace sextant::agent;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kStart = 1'000'003'400; // 6.6 s before a multiple of 10 s

/// A machine whose clocks the test turns, and a plan that is woken when it asks to be.
struct Machine {
    explicit Machine(std::chrono::milliseconds interval) : plan(interval) {}

    ClockReading clocks{kStart, 50'000ms};
    TickPlan plan;
    QList<qint64> ticks;
    std::uint64_t missed = 0;
    std::chrono::milliseconds wait{0};
    std::chrono::milliseconds wakeAt{0};

    void look()
    {
        const TickPlan::Decision decision = plan.look(clocks);
        if (decision.tickMs)
            ticks << *decision.tickMs;
        missed += decision.missed;
        wait = decision.wait;
        wakeAt = clocks.elapsed + wait;
    }
    void pass(std::chrono::milliseconds time)
    {
        clocks.wallMs += time.count();
        clocks.elapsed += time;
    }
    /// Lets time pass, waking the plan `late` after the moment that it asked for.
    void runFor(std::chrono::milliseconds time, std::chrono::milliseconds late = 0ms)
    {
        const auto end = clocks.elapsed + time;
        while (wakeAt + late <= end) {
            pass(wakeAt + late - clocks.elapsed);
            look();
        }
        pass(end - clocks.elapsed);
    }
    void settle()
    {
        look();
        runFor(1'500ms);
        ticks.clear();
    }
};

} // namespace

class TickPlanTest : public QObject {
    Q_OBJECT
private slots:
    void collectsAtOnceAgainAfterASecondThenOnMultiples()
    {
        Machine machine(10s);
        machine.look();
        QCOMPARE(machine.ticks, (QList<qint64>{kStart}));
        machine.runFor(30s);
        QCOMPARE(machine.ticks, (QList<qint64>{kStart, kStart + 1'000, 1'000'010'000, 1'000'020'000, 1'000'030'000}));
        QCOMPARE(machine.missed, std::uint64_t(0));
    }

    void aLateWakeupDoesNotDrift()
    {
        Machine machine(10s);
        machine.settle();
        machine.runFor(60s, 70ms);
        QCOMPARE(machine.ticks.first(), 1'000'010'000);
        for (qsizetype i = 1; i < machine.ticks.size(); ++i)
            QCOMPARE(machine.ticks[i] - machine.ticks[i - 1], 10'000);
    }

    void anEarlyWakeupWaitsForTheMultiple()
    {
        Machine machine(10s);
        machine.settle();
        machine.clocks.wallMs = 1'000'009'999;
        machine.look();
        QCOMPARE(machine.ticks.size(), 0);
        QCOMPARE(machine.wait, 1ms);
    }

    void aBusyMachineMissesTicksAndCountsThem()
    {
        Machine machine(10s);
        machine.settle();
        machine.runFor(6s);
        QCOMPARE(machine.ticks, (QList<qint64>{1'000'010'000}));
        machine.pass(45s);
        machine.look();
        QCOMPARE(machine.ticks.last(), 1'000'050'000);
        QCOMPARE(machine.missed, std::uint64_t(3));
    }

    void aSleepOfTheMachineCountsAsMissed()
    {
        Machine machine(10s);
        machine.settle();
        machine.runFor(6s);
        machine.pass(1h); // both clocks go on while it sleeps
        machine.look();
        QCOMPARE(machine.missed, std::uint64_t(359));
        machine.runFor(10s);
        QCOMPARE(machine.ticks.size(), 3);
    }

    void aClockSetForwardMissesNothing()
    {
        Machine machine(10s);
        machine.settle();
        machine.clocks.wallMs += 3'600'000;
        machine.look();
        QCOMPARE(machine.missed, std::uint64_t(0));
        QCOMPARE(machine.ticks.size(), 1);
        QCOMPARE(machine.ticks.last() % 10'000, 0);
        machine.runFor(20s);
        QCOMPARE(machine.ticks.size(), 3);
    }

    void aClockSetBackGoesOnAtItsNextMultiple()
    {
        Machine machine(10s);
        machine.settle();
        machine.runFor(6s);
        machine.clocks.wallMs -= 3'600'000;
        const std::int64_t wall = machine.clocks.wallMs;
        machine.runFor(35s);
        // The sleep that was under way ends after 10 s at the latest; then the new time holds.
        QVERIFY(machine.ticks.size() >= 3);
        QCOMPARE(machine.ticks[1], wall / 10'000 * 10'000 + 20'000);
        QCOMPARE(machine.ticks[2] - machine.ticks[1], 10'000);
        QCOMPARE(machine.missed, std::uint64_t(0));
    }

    void aSmallStepBackNeverRepeatsATick()
    {
        Machine machine(10s);
        machine.settle();
        machine.runFor(5'200ms);
        QCOMPARE(machine.ticks, (QList<qint64>{1'000'010'000}));
        machine.clocks.wallMs -= 800; // back before the multiple that was collected
        machine.runFor(12s);
        QCOMPARE(machine.ticks, (QList<qint64>{1'000'010'000, 1'000'020'000}));
    }

    void longIntervalsLookAtTheClockNowAndThen()
    {
        Machine machine(1h);
        machine.settle();
        QVERIFY(machine.wait <= TickPlan::kLongestSleep);
        machine.runFor(2h);
        QCOMPARE(machine.ticks.size(), 2);
        QCOMPARE(machine.ticks[0] % 3'600'000, 0);
    }

    void oneSecondIsKept()
    {
        Machine machine(1s);
        machine.look();
        machine.runFor(5s);
        QCOMPARE(machine.ticks.size(), 6);
        QCOMPARE(machine.ticks.last() % 1'000, 0);
    }
};

QTEST_GUILESS_MAIN(TickPlanTest)
#include "tick_plan_test.moc"

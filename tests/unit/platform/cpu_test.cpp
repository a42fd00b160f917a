// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/cpu.h"

#include <QTest>

using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

CpuTimes times(CpuTimes::Time user, CpuTimes::Time system, CpuTimes::Time idle, CpuTimes::Time iowait = 0s)
{
    CpuTimes result;
    result.user = user;
    result.system = system;
    result.idle = idle;
    result.nice = result.irq = result.softirq = result.steal = result.guest = result.guestNice = CpuTimes::Time{};
    result.iowait = iowait;
    return result;
}

CpuReading reading(std::vector<CoreTimes> cores)
{
    CpuReading result;
    for (const CoreTimes& core : cores) {
        result.total.user += core.times.user;
        result.total.system += core.times.system;
        result.total.idle += core.times.idle;
    }
    result.cores = std::move(cores);
    return result;
}

} // namespace

class CpuTest : public QObject {
    Q_OBJECT
private slots:
    void waitingForDisksIsNotWorking()
    {
        const auto shares = cpuUsage(times(10s, 5s, 100s, 20s), times(12s, 6s, 103s, 24s));
        QVERIFY(shares);
        QCOMPARE(shares->usage, 30.0); // 3 of 10 seconds
        QCOMPARE(shares->user, 20.0);
        QCOMPARE(shares->system, 10.0);
        QCOMPARE(shares->idle, 30.0);
        QCOMPARE(shares->iowait.value(), 40.0);
    }

    void guestsAreCountedOnce()
    {
        CpuTimes before = times(0s, 0s, 0s);
        CpuTimes after = times(1s, 0s, 4s);
        after.guest = 3s;
        after.guestNice = 2s;
        const auto shares = cpuUsage(before, after);
        QVERIFY(shares);
        QCOMPARE(shares->usage, 60.0);
        QCOMPARE(shares->user, 10.0);
        QCOMPARE(shares->guest.value(), 50.0);
    }

    void theModesAddUpToAll()
    {
        CpuTimes before = times(0s, 0s, 0s);
        CpuTimes after = times(7s, 11s, 13s, 17s);
        after.nice = 19s;
        after.irq = 23s;
        after.softirq = 29s;
        after.steal = 31s;
        after.guest = 37s;
        const CpuShares shares = cpuUsage(before, after).value();
        QCOMPARE(shares.user + *shares.nice + shares.system + shares.idle + *shares.iowait + *shares.irq +
                     *shares.softirq + *shares.steal + *shares.guest,
            100.0);
        QCOMPARE(shares.usage + shares.idle + *shares.iowait, 100.0);
    }

    void smallFallsCountAsNoTime()
    {
        const auto shares = cpuUsage(times(10s, 0s, 100s, 50s), times(11s, 0s, 99s, 20s));
        QVERIFY(shares);
        QCOMPARE(shares->usage, 100.0);
        QCOMPARE(shares->idle, 0.0);
        QCOMPARE(shares->iowait.value(), 0.0);
    }

    void noTimeNoShares()
    {
        QVERIFY(!cpuUsage(times(1s, 1s, 1s), times(1s, 1s, 1s)));
        QVERIFY(!cpuUsage(times(5s, 5s, 5s), times(1s, 1s, 3s)));
    }

    void aCpuThatStartedAgainHasNoShares() { QVERIFY(!cpuUsage(times(10s, 0s, 1000s), times(10s, 0s, 5s))); }

    void modesThatAreNotThereStayAbsent()
    {
        CpuTimes before;
        CpuTimes after;
        after.user = 1s;
        const auto shares = cpuUsage(before, after);
        QVERIFY(shares);
        QCOMPARE(shares->usage, 100.0);
        QVERIFY(!shares->nice && !shares->iowait && !shares->steal && !shares->guest);
    }

    void aCpuThatIsTakenOutHidesNoTime()
    {
        // CPU 1 goes with its 1000 idle seconds; CPU 0 worked half of the 10 seconds.
        const CpuReading before = reading({{0, times(10s, 0s, 90s)}, {1, times(0s, 0s, 1000s)}});
        const CpuReading after = reading({{0, times(15s, 0s, 95s)}});
        QCOMPARE(cpuUsage(before, after)->usage, 50.0);
        const CpuReading smooth = withoutFalls(before, after);
        QCOMPARE(smooth.total.idle, CpuTimes::Time(1095s));
        QCOMPARE(smooth.total.user, CpuTimes::Time(15s));
        QCOMPARE(smooth.logicalCount(), 1U);
    }

    void aCpuThatIsPutBackInventsNoTime()
    {
        const CpuReading before = reading({{0, times(10s, 0s, 90s)}});
        const CpuReading after = reading({{0, times(12s, 0s, 98s)}, {1, times(500s, 0s, 1000s)}});
        QCOMPARE(cpuUsage(before, after)->usage, 20.0);
        const CpuReading smooth = withoutFalls(before, after);
        QCOMPARE(smooth.total.user, CpuTimes::Time(12s));
        QCOMPARE(smooth.total.idle, CpuTimes::Time(98s));
        QCOMPARE(smooth.cores.at(1).times.user, CpuTimes::Time(500s));
    }

    void aCpuThatStartedAgainLeavesTheOthers()
    {
        const CpuReading before = reading({{0, times(10s, 0s, 90s)}, {1, times(7s, 0s, 1000s)}});
        const CpuReading after = reading({{0, times(20s, 0s, 90s)}, {1, times(1s, 0s, 2s)}});
        QCOMPARE(cpuUsage(before, after)->usage, 100.0);
        const CpuReading smooth = withoutFalls(before, after);
        QCOMPARE(smooth.cores.at(1).times.idle, CpuTimes::Time(2s));
        QCOMPARE(smooth.total.user, CpuTimes::Time(27s));
        QCOMPARE(smooth.total.idle, CpuTimes::Time(1090s));
    }

    void countersNeverFall()
    {
        const CpuReading before = reading({{0, times(10s, 5s, 90s, 40s)}});
        const CpuReading after = reading({{0, times(11s, 5s, 89s, 30s)}});
        const CpuReading smooth = withoutFalls(before, after);
        QCOMPARE(smooth.cores.at(0).times.idle, CpuTimes::Time(90s));
        QCOMPARE(smooth.cores.at(0).times.iowait.value(), CpuTimes::Time(40s));
        QCOMPARE(smooth.cores.at(0).times.user, CpuTimes::Time(11s));
        QCOMPARE(smooth.total.idle, CpuTimes::Time(90s));
        QCOMPARE(smooth.total.user, CpuTimes::Time(11s));
    }

    void withoutCoresTheTotalsAreCompared()
    {
        CpuReading before;
        before.total = times(0s, 0s, 10s);
        CpuReading after;
        after.total = times(5s, 0s, 15s);
        QCOMPARE(cpuUsage(before, after)->usage, 50.0);
        after.total.idle = 9s;
        QCOMPARE(withoutFalls(before, after).total.idle, CpuTimes::Time(10s));
    }

    void manyCpusForYearsDoNotRunOver()
    {
        // 1024 CPUs for 10 years; as nanoseconds this would be past 2^63.
        const CpuTimes::Time years = std::chrono::hours(24 * 3652);
        CpuReading before = reading({});
        for (unsigned core = 0; core < 1024; ++core)
            before.cores.push_back({core, times(years, 0s, years)});
        before.total = times(years * 1024, 0s, years * 1024);
        CpuReading after = before;
        for (CoreTimes& core : after.cores) {
            core.times.user += 1s;
            core.times.idle += 3s;
        }
        QCOMPARE(cpuUsage(before, after)->usage, 25.0);
        QCOMPARE(withoutFalls(before, after).total.user, years * 1024 + 1024s);
    }
};

QTEST_GUILESS_MAIN(CpuTest)
#include "cpu_test.moc"

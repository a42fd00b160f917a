// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/proc_stat.h"
#include "recorded_host.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace sextant::platform::parse;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kTicks = 100;

} // namespace

class ProcStatTest : public QObject {
    Q_OBJECT
private slots:
    void guestTimeIsTakenOutOfUserAndNice()
    {
        const auto cpus = parseProcStatCpus("cpu  1000 200 30 4000 5 6 7 8 400 50\n", kTicks);
        QVERIFY(cpus);
        QCOMPARE(cpus->total.user, CpuTimes::Time(6s));             // (1000 - 400) ticks of 10 ms
        QCOMPARE(cpus->total.nice.value(), CpuTimes::Time(1500ms)); // 200 - 50
        QCOMPARE(cpus->total.system, CpuTimes::Time(300ms));
        QCOMPARE(cpus->total.idle, CpuTimes::Time(40s));
        QCOMPARE(cpus->total.iowait.value(), CpuTimes::Time(50ms));
        QCOMPARE(cpus->total.irq.value(), CpuTimes::Time(60ms));
        QCOMPARE(cpus->total.softirq.value(), CpuTimes::Time(70ms));
        QCOMPARE(cpus->total.steal.value(), CpuTimes::Time(80ms));
        QCOMPARE(cpus->total.guest.value(), CpuTimes::Time(4s));
        QCOMPARE(cpus->total.guestNice.value(), CpuTimes::Time(500ms));
        QVERIFY(cpus->cores.empty());
    }

    void aGuestAheadOfUserIsNoNegativeTime()
    {
        const auto cpus = parseProcStatCpus("cpu 5 5 0 1 0 0 0 0 6 6\n", kTicks);
        QVERIFY(cpus);
        QCOMPARE(cpus->total.user, CpuTimes::Time(0));
        QCOMPARE(cpus->total.nice.value(), CpuTimes::Time(0));
    }

    void fieldsOfLaterKernelsMayBeMissing()
    {
        const auto cpus = parseProcStatCpus("cpu 1 2 3 4\ncpu0 1 2 3 4 5\n", kTicks);
        QVERIFY(cpus);
        QVERIFY(!cpus->total.iowait && !cpus->total.steal && !cpus->total.guest);
        QCOMPARE(cpus->cores.at(0).times.iowait.value(), CpuTimes::Time(50ms));
        QVERIFY(!cpus->cores.at(0).times.irq);
    }

    void coresMayHaveHoles()
    {
        const auto cpus = parseProcStatCpus(recordedFile("made-old-kernel", "proc/stat"), kTicks);
        QVERIFY(cpus);
        QCOMPARE(cpus->cores.size(), 2U);
        QCOMPARE(cpus->cores[0].core, 0U);
        QCOMPARE(cpus->cores[1].core, 2U);
        QCOMPARE(cpus->cores[1].times.idle, CpuTimes::Time(3600s));
    }

    void manyCoresAreAllRead()
    {
        const auto cpus = parseProcStatCpus(recordedFile("made-big-server", "proc/stat"), kTicks);
        QVERIFY(cpus);
        QCOMPARE(cpus->cores.size(), 128U);
        QCOMPARE(cpus->total.user, CpuTimes::Time(209'080s));
        QCOMPARE(cpus->cores[0].times.user, CpuTimes::Time(950s));
        QCOMPARE(cpus->cores[127].times.user, CpuTimes::Time(2270s));
    }

    void brokenTextIsMalformed()
    {
        for (const char* bad : {"", "\n", "cpu\n", "cpu 1 2 3\n", "cpu a b c d\n", "cpu0 1 2 3 4\n", "intr 5\n",
                 "cpu 18446744073709551615 0 0 0\n", "cpu -1 0 0 0\n"}) {
            const auto cpus = parseProcStatCpus(bad, kTicks);
            QVERIFY2(!cpus, bad);
            QCOMPARE(cpus.error().code, ErrorCode::Malformed);
        }
    }

    void aFileCutShortKeepsTheWholeCores()
    {
        const auto cpus = parseProcStatCpus("cpu 9 9 9 9\ncpu0 1 1 1 1\ncpu1 2 2", kTicks);
        QVERIFY(cpus);
        QCOMPARE(cpus->cores.size(), 1U);
    }

    void countersAreReadBelowTheCpus()
    {
        const ProcStatCounters counters = parseProcStatCounters(recordedFile("made-big-server", "proc/stat"));
        QCOMPARE(counters.contextSwitches.value(), std::uint64_t(9876543210));
        QCOMPARE(counters.forks.value(), std::uint64_t(55512345));
        QCOMPARE(counters.bootTime.value(), std::int64_t(1700000000));
        QCOMPARE(counters.interrupts.value(), std::uint64_t(99909109));
    }

    void missingCountersAreAbsent()
    {
        const ProcStatCounters counters =
            parseProcStatCounters("cpu 1 2 3 4\nctxt x\nprocesses\nbtime 99999999999999999999\n");
        QVERIFY(!counters.interrupts && !counters.contextSwitches && !counters.forks && !counters.bootTime);
    }
};

QTEST_GUILESS_MAIN(ProcStatTest)
#include "proc_stat_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/meminfo.h"
#include "recorded_host.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;

class MemInfoTest : public QObject {
    Q_OBJECT
private slots:
    void linesBecomeBytes()
    {
        const auto memory = parseMemInfo(recordedFile("recorded-vm", "proc/meminfo"));
        QVERIFY(memory);
        QCOMPARE(memory->total, std::uint64_t(25276510208)); // 24684092 kB
        QCOMPARE(memory->free.value_or(0), std::uint64_t(22592892) * 1024);
        QCOMPARE(memory->available, std::uint64_t(23632692) * 1024);
        QCOMPARE(memory->cached.value(), std::uint64_t(998460 - 8856) * 1024); // without Shmem
        QCOMPARE(memory->buffers.value(), std::uint64_t(14152) * 1024);
        QCOMPARE(memory->shared.value(), std::uint64_t(8856) * 1024);
        QCOMPARE(memory->slabReclaimable.value(), std::uint64_t(337076) * 1024);
        QCOMPARE(memory->swapTotal.value(), std::uint64_t(0));
        QCOMPARE(memory->swapFree.value(), std::uint64_t(0));
        QCOMPARE(memory->committed.value(), std::uint64_t(645860) * 1024);
        QCOMPARE(memory->commitLimit.value(), std::uint64_t(12342044) * 1024);
    }

    void aShareOfTheCommitLimitIsToldWhereItIsKeptTo()
    {
        auto memory = parseMemInfo("MemTotal: 100 kB\nMemFree: 50 kB\nCommitLimit: 40 kB\nCommitted_AS: 30 kB\n");
        QVERIFY(memory);
        QVERIFY(!memory->committedPercent());
        memory->refusesPastCommitLimit = true;
        QCOMPARE(memory->committedPercent(), std::optional(75.0));
        memory->commitLimit = 0;
        QVERIFY(!memory->committedPercent());
        memory->commitLimit.reset();
        QVERIFY(!memory->committedPercent());
    }

    void oldKernelsDoNotSayWhatIsAvailable()
    {
        const auto memory = parseMemInfo(recordedFile("made-old-kernel", "proc/meminfo"));
        QVERIFY(memory);
        // free + buffers + (cached - shared) + reclaimable
        QCOMPARE(memory->available, std::uint64_t(400000 + 100000 + 976000 + 76000) * 1024);
    }

    void moreAvailableThanThereIsMeansFree()
    {
        const auto memory = parseMemInfo(recordedFile("made-container", "proc/meminfo"));
        QVERIFY(memory);
        QCOMPARE(memory->available, std::uint64_t(500000) * 1024);
        QCOMPARE(memory->used(), std::uint64_t(24288) * 1024);
    }

    void withoutTotalOrFreeThereIsNoReading()
    {
        for (const char* bad : {"", "MemTotal: 100 kB\n", "MemFree: 100 kB\n", "MemTotal: x kB\nMemFree: 1 kB\n",
                 "MemTotal: 100\nMemFree: 100 kB\n", "MemTotal: 18446744073709551615 kB\nMemFree: 1 kB\n"})
            QVERIFY2(!parseMemInfo(bad), bad);
    }

    void aLineCutShortIsAbsent()
    {
        const auto memory =
            parseMemInfo("MemTotal: 100 kB\nMemFree: 50 kB\nMemAvailable: 60 kB\nSwapTotal: 4000 kB\nSwapFree: 30");
        QVERIFY(memory);
        QVERIFY(!memory->swapFree);
        QVERIFY(!memory->swapUsed());
        QVERIFY(!memory->swapUsedPercent());
    }

    void countersOfVmStat()
    {
        const VmStat stat = parseVmStat(recordedFile("made-big-server", "proc/vmstat"));
        QCOMPARE(stat.pageFaults.value(), std::uint64_t(88888888888));
        QCOMPARE(stat.majorPageFaults.value(), std::uint64_t(777777));
        QCOMPARE(stat.oomKills.value(), std::uint64_t(3));
        const VmStat old = parseVmStat(recordedFile("made-old-kernel", "proc/vmstat"));
        QCOMPARE(old.pageFaults.value(), std::uint64_t(5000));
        QVERIFY(!old.oomKills);
        QVERIFY(!parseVmStat("pgfault x\noom_kill_extra 5\n").pageFaults);
        QVERIFY(!parseVmStat("oom_kill_extra 5\n").oomKills);
    }
};

QTEST_GUILESS_MAIN(MemInfoTest)
#include "meminfo_test.moc"

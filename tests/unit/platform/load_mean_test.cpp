// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/load_mean.h"
#include "platform/widening_counter.h"

#include <QTest>

#include <cmath>

using namespace sextant::platform;
using namespace std::chrono_literals;

class LoadMeanTest : public QObject {
    Q_OBJECT

private slots:
    void aYoungMeanIsOverWhatItSaw()
    {
        LoadMean mean;
        QVERIFY(!mean.averages());
        mean.add(4, 0s); // no time passed
        QVERIFY(!mean.averages());
        mean.add(3, 5s);
        QCOMPARE(mean.averages()->load1, 3.0);
        QCOMPARE(mean.averages()->load15, 3.0);
    }

    void whatIsOlderCountsLess()
    {
        LoadMean mean;
        for (int i = 0; i < 3600; ++i)
            mean.add(2, 1s);
        for (int i = 0; i < 60; ++i)
            mean.add(0, 1s);
        const LoadAverages load = *mean.averages();
        QVERIFY(std::abs(load.load1 - 2 * std::exp(-1.0)) < 0.001);
        QVERIFY(std::abs(load.load5 - 2 * std::exp(-0.2)) < 0.001);
        QVERIFY(load.load5 < load.load15 && load.load15 < 2);
    }

    void stepsOfAnyLengthGiveTheSame()
    {
        LoadMean fine;
        LoadMean coarse;
        for (int i = 0; i < 100; ++i)
            fine.add(1.5, 100ms);
        fine.add(6, 20s);
        coarse.add(1.5, 10s);
        coarse.add(6, 20s);
        QVERIFY(std::abs(fine.averages()->load5 - coarse.averages()->load5) < 1e-9);
    }

    void workIsBusyTimeOfAllCpus()
    {
        CpuTimes idle;
        idle.user = idle.system = 10s;
        idle.idle = 100s;
        idle.irq = idle.softirq = 1s;
        CpuTimes busy = idle;
        const CpuReading before = readingOf({{0, idle}, {1, busy}});
        idle.idle += 10s;
        busy.user += 5s;
        *busy.softirq += 5s;
        const CpuWork work = workBetween(before, readingOf({{0, idle}, {1, busy}}));
        QCOMPARE(work.busyCpus, 1.0);
        QCOMPARE(work.elapsed.count(), 10.0);
        QCOMPARE(workBetween(before, before).elapsed.count(), 0.0);
    }

    void aCounterGoesOnBeyond32Bits()
    {
        WideningCounter counter;
        QCOMPARE(counter.widen(4'000'000'000), 4'000'000'000U);
        QCOMPARE(counter.widen(4'294'967'295), 4'294'967'295U);
        QCOMPARE(counter.widen(5), 4'294'967'301U);
        QCOMPARE(counter.widen(5), 4'294'967'301U);
    }
};

QTEST_APPLESS_MAIN(LoadMeanTest)
#include "load_mean_test.moc"

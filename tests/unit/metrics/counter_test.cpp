// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/counter.h"

#include <QTest>

#include <limits>

using namespace sextant::metrics;

class CounterTest : public QObject {
    Q_OBJECT

private slots:
    void steps_data()
    {
        constexpr qint64 kTop32 = 4'294'967'296;
        QTest::addColumn<qint64>("elapsedMs");
        QTest::addColumn<qint64>("previous");
        QTest::addColumn<qint64>("current");
        QTest::addColumn<unsigned>("width");
        QTest::addColumn<int>("step");
        QTest::addColumn<qint64>("increase");
        const auto row = [](const char* name, qint64 elapsed, qint64 previous, qint64 current, unsigned width,
                             CounterStep step, qint64 increase) {
            QTest::newRow(name) << elapsed << previous << current << width << static_cast<int>(step) << increase;
        };
        row("grows", 10'000, 100, 350, 64, CounterStep::Advance, 250);
        row("stays", 10'000, 100, 100, 64, CounterStep::Advance, 0);
        row("reset", 10'000, 100, 40, 64, CounterStep::Reset, 40);
        row("reset to zero", 10'000, 100, 0, 64, CounterStep::Reset, 0);
        row("32-bit wrap", 10'000, kTop32 - 10, 5, 32, CounterStep::Wrap, 15);
        row("32-bit reset from the middle", 10'000, kTop32 / 2, 5, 32, CounterStep::Reset, 5);
        row("32-bit fall to the middle", 10'000, kTop32 - 10, kTop32 / 2, 32, CounterStep::Reset, kTop32 / 2);
        row("64-bit never wraps", 10'000, kTop32 - 10, 5, 64, CounterStep::Reset, 5);
        row("gap", 300'001, 100, 350, 64, CounterStep::Gap, 0);
        row("no gap yet", 300'000, 100, 350, 64, CounterStep::Advance, 250);
        row("same time", 0, 100, 350, 64, CounterStep::Stale, 0);
        row("time goes back", -1, 100, 350, 64, CounterStep::Stale, 0);
        row("below zero", 10'000, 5, -7, 64, CounterStep::Reset, 0);
        row("out of range", 10'000, std::numeric_limits<qint64>::min(), std::numeric_limits<qint64>::max(), 64,
            CounterStep::Reset, std::numeric_limits<qint64>::max());
    }
    void steps()
    {
        QFETCH(qint64, elapsedMs);
        QFETCH(qint64, previous);
        QFETCH(qint64, current);
        QFETCH(unsigned, width);
        QFETCH(int, step);
        QFETCH(qint64, increase);
        const CounterDelta delta = counterDelta({1'000'000, previous}, {1'000'000 + elapsedMs, current}, {width});
        QCOMPARE(static_cast<int>(delta.step), step);
        QCOMPARE(static_cast<qint64>(delta.increase), increase);
    }

    void rates()
    {
        QCOMPARE(*counterRate({0, 100}, {10'000, 350}), 25.0);
        QCOMPARE(*counterRate({0, 100}, {2'000, 40}), 20.0);
        QVERIFY(!counterRate({0, 100}, {0, 350}));
        QVERIFY(!counterRate({0, 100}, {400'000, 350}));
        QCOMPARE(*counterRate({0, 100}, {400'000, 500}, {64, 400'000}), 1.0);
    }
};

QTEST_GUILESS_MAIN(CounterTest)
#include "counter_test.moc"

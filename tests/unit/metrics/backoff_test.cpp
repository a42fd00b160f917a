// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/backoff.h"

#include <QTest>

using namespace sextant::metrics;
using namespace std::chrono_literals;

class BackoffTest : public QObject {
    Q_OBJECT

private slots:
    void doublesFromOneSecondToAMinute()
    {
        Backoff backoff([] { return 0.5; }); // the middle of the spread
        std::vector<std::int64_t> waits;
        for (int i = 0; i < 8; ++i)
            waits.push_back(backoff.next().count());
        QCOMPARE(waits, (std::vector<std::int64_t>{1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000}));
        backoff.reset();
        QCOMPARE(backoff.next().count(), 1'000);
    }

    void doublesBetweenOtherLimits()
    {
        Backoff backoff([] { return 0.5; }, 60s, 3min);
        QCOMPARE(backoff.next(), 60s);
        QCOMPARE(backoff.next(), 120s);
        QCOMPARE(backoff.next(), 180s);
        QCOMPARE(backoff.next(), 180s);
        backoff.reset();
        QCOMPARE(backoff.next(), 60s);
    }

    void spreadsByAQuarterBothWays()
    {
        QCOMPARE(Backoff([] { return 0.0; }).next(), 750ms);
        QVERIFY(Backoff([] { return 0.999999; }).next() >= 1'249ms);
        QVERIFY(Backoff([] { return 0.999999; }).next() <= 1'250ms);
    }

    void neverComesBackBeforeTheServersWish()
    {
        QCOMPARE(Backoff([] { return 0.0; }).next(20s), 20s);
        QCOMPARE(Backoff([] { return 1.0; }).next(20s), 25s);
        QCOMPARE(Backoff([] { return 0.5; }).next(0s), 1s);
        QCOMPARE(Backoff([] { return 0.0; }).next(24h), 600s);
    }
};

QTEST_APPLESS_MAIN(BackoffTest)
#include "backoff_test.moc"

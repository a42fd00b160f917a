// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/scale.h"

#include <QDateTime>
#include <QLocale>
#include <QTest>

#include <ctime>

using namespace sextant::console;
using namespace Qt::StringLiterals;

class ScaleTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qputenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
        tzset();
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    }

    void percentAlwaysGoesToHundred()
    {
        const ValueScale scale = scaleFor(Measure::Percent, 3, std::nullopt);
        QCOMPARE(scale.maximum, 100.0);
        QCOMPARE(scale.labels, (std::vector<QString>{u"0"_s, u"25"_s, u"50"_s, u"75"_s, u"100"_s}));
    }

    void percentFitsWhereItMay()
    {
        const ValueScale low = scaleFor(Measure::Percent, 0.4, std::nullopt, 10);
        QCOMPARE(low.maximum, 10.0);
        QCOMPARE(low.labels, (std::vector<QString>{u"0.0"_s, u"2.5"_s, u"5.0"_s, u"7.5"_s, u"10.0"_s}));
        QCOMPARE(scaleFor(Measure::Percent, 34, std::nullopt, 10).maximum, 40.0);
        QCOMPARE(scaleFor(Measure::Percent, 81, std::nullopt, 10).maximum, 100.0);
        QCOMPARE(scaleFor(Measure::Percent, 100, std::nullopt, 10).maximum, 100.0);
    }

    void bytesStepInPowersOfTwo()
    {
        const ValueScale rate = scaleFor(Measure::BytesPerSecond, 9.4 * 1048576, std::nullopt);
        QCOMPARE(rate.unit, QStringLiteral("MiB/s"));
        QCOMPARE(rate.maximum, 12.0 * 1048576);
        QCOMPARE(rate.labels, (std::vector<QString>{u"0"_s, u"4"_s, u"8"_s, u"12"_s}));
        const ValueScale memory = scaleFor(Measure::Bytes, 1, 16.0 * 1073741824);
        QCOMPARE(memory.maximum, 16.0 * 1073741824);
        QCOMPARE(memory.labels.back(), QStringLiteral("16"));
    }

    void nothingStillHasAnAxis()
    {
        for (const Measure measure : {Measure::Percent, Measure::Bytes, Measure::BytesPerSecond, Measure::Plain}) {
            const ValueScale scale = scaleFor(measure, 0, std::nullopt);
            QVERIFY(scale.maximum > 0);
            QVERIFY(scale.ticks.size() >= 3 && scale.ticks.size() <= 6);
        }
    }

    void everyScaleHasThreeToSixTicksAndHoldsItsValues()
    {
        for (double value = 0.013; value < 1e16; value *= 1.7) {
            for (const Measure measure : {Measure::Bytes, Measure::BytesPerSecond, Measure::Plain}) {
                const ValueScale scale = scaleFor(measure, value, std::nullopt);
                QVERIFY2(scale.maximum >= value * 0.999, qPrintable(QString::number(value)));
                QVERIFY2(scale.ticks.size() >= 3 && scale.ticks.size() <= 6, qPrintable(QString::number(value)));
            }
        }
    }

    void timeTicksAreRoundAndSayTheDay()
    {
        const std::int64_t noon = QDateTime(QDate(2026, 11, 21), QTime(12, 0)).toMSecsSinceEpoch();
        const auto hour = timeTicks({noon + 120'000, noon + 3'720'000}, 5);
        QCOMPARE(hour.front().label, QStringLiteral("12:15"));
        const auto night = timeTicks({noon, noon + 24 * 3'600'000}, 4);
        QVERIFY(std::ranges::any_of(night, [](const TimeTick& tick) { return tick.label == u"22 Nov"; }));
    }

    void ticksStayRoundOverTheChangeOfTheClock()
    {
        // On 25 October 2026 the clocks in Berlin go back an hour.
        const std::int64_t from = QDateTime(QDate(2026, 10, 23), QTime(0, 0)).toMSecsSinceEpoch();
        for (const TimeTick& tick : timeTicks({from, from + 5 * 86'400'000LL}, 6))
            QCOMPARE(QDateTime::fromMSecsSinceEpoch(tick.time).time(), QTime(0, 0));
    }

    void aStepIsRoundAndNeverFinerThanAPixelOrTheInterval()
    {
        QCOMPARE(stepFor({0, 900'000}, 330, 10'000), 10'000);
        QCOMPARE(stepFor({0, 86'400'000}, 330, 10'000), 300'000);
        for (const std::int64_t span :
            {900'000LL, 3'600'000LL, 21'600'000LL, 86'400'000LL, 604'800'000LL, 2'592'000'000LL})
            QVERIFY(stepFor({0, span}, 330, 10'000) * 330 >= span);
    }
};

QTEST_GUILESS_MAIN(ScaleTest)
#include "scale_test.moc"

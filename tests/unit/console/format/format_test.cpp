// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/format/format.h"

#include <QDateTime>
#include <QLocale>
#include <QTest>

using namespace sextant::console;

class FormatTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom)); }

    void bytes_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("figure");
        QTest::addColumn<QString>("unit");
        QTest::newRow("zero") << 0.0 << "0"
                              << "B";
        QTest::newRow("bytes") << 640.0 << "640"
                               << "B";
        QTest::newRow("just below a unit") << 1023.6 << "1.0"
                                           << "KiB";
        QTest::newRow("one KiB") << 1024.0 << "1.0"
                                 << "KiB";
        QTest::newRow("tens") << 14.1 * 1073741824 << "14.1"
                              << "GiB";
        QTest::newRow("hundreds") << 312.4 * 1048576 << "312"
                                  << "MiB";
        QTest::newRow("rounds up into the next unit") << 1023.7 * 1048576 << "1.0"
                                                      << "GiB";
        QTest::newRow("past the last unit") << 5000.0 * 1125899906842624.0 << "5,000"
                                            << "PiB";
    }
    void bytes()
    {
        QFETCH(double, value);
        QTEST(formatBytes(value).figure, "figure");
        QTEST(formatBytes(value).unit, "unit");
    }

    void percentAndPlain()
    {
        QCOMPARE(formatPercent(0).figure, QStringLiteral("0"));
        QCOMPARE(formatPercent(0.31).figure, QStringLiteral("0.3"));
        QCOMPARE(formatPercent(9.96).figure, QStringLiteral("10"));
        QCOMPARE(formatPercent(41.4).figure, QStringLiteral("41"));
        QCOMPARE(formatPlain(0.424).figure, QStringLiteral("0.42"));
        QCOMPARE(formatPlain(12.54).figure, QStringLiteral("12.5"));
        QCOMPARE(formatPlain(12400).figure, QStringLiteral("12,400"));
        QCOMPARE(formatMeasure(Measure::Count, 3).figure, QStringLiteral("3"));
        QCOMPARE(formatMeasure(Measure::Count, 4.83).figure, QStringLiteral("4.8"));
        QCOMPARE(formatByteRate(1536).unit, QStringLiteral("KiB/s"));
    }

    void durations_data()
    {
        QTest::addColumn<qint64>("ms");
        QTest::addColumn<QString>("text");
        QTest::newRow("negative") << qint64(-5) << "0 s";
        QTest::newRow("seconds") << qint64(45'900) << "45 s";
        QTest::newRow("minutes") << qint64(200'000) << "3 min 20 s";
        QTest::newRow("whole minutes") << qint64(180'000) << "3 min";
        QTest::newRow("hours") << qint64(7'500'000) << "2 h 5 min";
        QTest::newRow("days") << qint64(4 * 3'600'000 + 3 * 86'400'000LL) << "3 d 4 h";
    }
    void durations()
    {
        QFETCH(qint64, ms);
        QFETCH(QString, text);
        QCOMPARE(formatDuration(std::chrono::milliseconds(ms)).replace(QChar(QChar::Nbsp), QLatin1Char(' ')), text);
    }

    void relativeTimes()
    {
        const QDateTime now(QDate(2026, 11, 21), QTime(12, 0));
        QCOMPARE(formatRelative(now.addMSecs(-400), now), QStringLiteral("now"));
        QCOMPARE(formatRelative(now.addSecs(-200), now).replace(QChar(QChar::Nbsp), QLatin1Char(' ')),
            QStringLiteral("3 min ago"));
        QCOMPARE(formatRelative(now.addDays(-3), now), QStringLiteral("18 Nov"));
        QCOMPARE(formatRelative(now.addDays(-400), now), QStringLiteral("17 Oct 2025"));
    }
};

QTEST_GUILESS_MAIN(FormatTest)
#include "format_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/pressure_file.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;
using namespace std::chrono_literals;

class PressureFileTest : public QObject {
    Q_OBJECT
private slots:
    void bothLines()
    {
        const auto pressure = parsePressure("some avg10=1.50 avg60=2.25 avg300=3.75 total=123456789\n"
                                            "full avg10=0.00 avg60=0.12 avg300=0.22 total=9\n");
        QVERIFY(pressure);
        QCOMPARE(pressure->some->avg10, 1.50);
        QCOMPARE(pressure->some->avg60, 2.25);
        QCOMPARE(pressure->some->avg300, 3.75);
        QCOMPARE(pressure->some->total, 123456789us);
        QCOMPARE(pressure->full->avg60, 0.12);
        QCOMPARE(pressure->full->total, 9us);
    }

    void eitherLineMayBeMissing()
    {
        const auto cpu = parsePressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"); // before 5.13
        QVERIFY(cpu && cpu->some && !cpu->full);
        const auto irq = parsePressure("full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
        QVERIFY(irq && !irq->some && irq->full);
    }

    void aBrokenLineIsAbsent()
    {
        const auto pressure =
            parsePressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.0");
        QVERIFY(pressure && pressure->some && !pressure->full);
        for (const char* bad : {"", "some\n", "some avg10=x avg60=0.00 avg300=0.00 total=1\n",
                 "some avg60=0.00 avg10=0.00 avg300=0.00 total=1\n", "some avg10=0.00 avg60=0.00 avg300=0.00 total=\n",
                 "some avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551615\n", "other avg10=0.00\n"})
            QVERIFY2(!parsePressure(bad), bad);
    }
};

QTEST_GUILESS_MAIN(PressureFileTest)
#include "pressure_file_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/proc_scalars.h"

#include <QTest>

using namespace sextant::platform::parse;
using namespace std::chrono_literals;

class ProcScalarsTest : public QObject {
    Q_OBJECT
private slots:
    void loadAveragesAreTheFirstThreeNumbers()
    {
        const auto load = parseLoadAverages("36.06 41.50 120.99 9/4711 123456\n");
        QVERIFY(load);
        QCOMPARE(load->load1, 36.06);
        QCOMPARE(load->load5, 41.50);
        QCOMPARE(load->load15, 120.99);
    }

    void aLoadCutShortIsNoNumber()
    {
        for (const char* bad : {"", "1.00", "1.00 2.00 3.0", "1.00 x 3.00 1/2 3", "-1.00 2.00 3.00 1/2 3"})
            QVERIFY2(!parseLoadAverages(bad), bad);
    }

    void uptimeIsTheFirstNumber()
    {
        QCOMPARE(parseUptime("3725.50 7000.00\n").value(), std::chrono::nanoseconds(3725500ms));
        for (const char* bad : {"", "12.5", "x 1", "99999999999 1", "-5.00 1.00"})
            QVERIFY2(!parseUptime(bad), bad);
    }

    void handlesHaveALimitOrNone()
    {
        const auto handles = parseFileHandles("1538\t0\t2466177\n");
        QVERIFY(handles);
        QCOMPARE(handles->open, std::uint64_t(1538));
        QCOMPARE(handles->limit.value(), std::uint64_t(2466177));
        QVERIFY(!parseFileHandles("52992\t0\t9223372036854775807\n")->limit);
        for (const char* bad : {"", "1", "1 2", "1 2 x", "a 2 3"})
            QVERIFY2(!parseFileHandles(bad), bad);
    }
};

QTEST_GUILESS_MAIN(ProcScalarsTest)
#include "proc_scalars_test.moc"

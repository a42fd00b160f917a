// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/frame.h"

#include <QTest>

using namespace sextant::metrics;

class FrameTest : public QObject {
    Q_OBJECT

private slots:
    void cellsAreAbsentUntilSet()
    {
        Frame frame(family("disk"), 1'000, 10'000);
        const std::size_t row = frame.addRow({"/", "/dev/sda1", "ext4"});
        for (const Value cell : frame.cells(row))
            QVERIFY(cell.isAbsent());
        frame.set(row, column("disk", "used_percent"), 61.5);
        frame.set(row, column("disk", "total_bytes"), std::uint64_t{4096});
        frame.set(row, column("disk", "read_only"), 0);
        frame.set(row, column("disk", "inodes"), std::optional<std::uint64_t>{});
        QCOMPARE(*frame.number(row, column("disk", "used_percent")), 61.5);
        QCOMPARE(frame.at(row, column("disk", "total_bytes")).scaled(), std::int64_t{4096});
        QCOMPARE(*frame.number(row, column("disk", "read_only")), 0.0);
        QVERIFY(!frame.number(row, column("disk", "inodes")));
    }

    void labelsFitTheFamily()
    {
        Frame frame(family("disk"), 0, 0);
        frame.addRow({"/"});
        frame.addRow({"/home", "/dev/sdb1", "xfs", "extra"});
        QCOMPARE(frame.rowCount(), std::size_t{2});
        QCOMPARE(frame.labels(0).size(), std::size_t{3});
        QCOMPARE(frame.labels(0)[0], std::string("/"));
        QCOMPARE(frame.labels(0)[2], std::string());
        QCOMPARE(frame.labels(1)[2], std::string("xfs"));
    }

    void aCellKeepsToItsColumnsStorage()
    {
        Frame fixed(family("cpu"), 0, 0);
        fixed.addRow();
        fixed.setCell(0, 0, Value::real(1.5));
        QVERIFY(fixed.at(0, 0).isAbsent());

        Frame real(family("custom"), 0, 0);
        real.addRow({"requests", ""});
        real.setCell(0, 0, Value::fixed(3));
        QVERIFY(real.at(0, 0).isAbsent());
        real.set(0, column("custom", "value"), 3);
        QCOMPARE(real.at(0, 0).asReal(), 3.0);
    }
};

QTEST_GUILESS_MAIN(FrameTest)
#include "frame_test.moc"

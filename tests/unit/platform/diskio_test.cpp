// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/diskio.h"

#include <QTest>

using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

BlockDevice busyFor(std::chrono::milliseconds time)
{
    BlockDevice device;
    device.busyTime = time;
    return device;
}

} // namespace

class DiskIoTest : public QObject {
    Q_OBJECT
private slots:
    void busyIsAShareOfTheTimeBetween()
    {
        QCOMPARE(busyPercent(busyFor(1000ms), busyFor(3500ms), 10s).value(), 25.0);
        QCOMPARE(busyPercent(busyFor(1000ms), busyFor(1000ms), 10s).value(), 0.0);
        QCOMPARE(busyPercent(busyFor(0ms), busyFor(10020ms), 10s).value(), 100.0); // the kernel counts in coarser steps
    }

    void withoutTwoGoodReadingsThereIsNone()
    {
        QVERIFY(!busyPercent(busyFor(3500ms), busyFor(1000ms), 10s)); // another device of that name
        QVERIFY(!busyPercent(busyFor(0ms), busyFor(1ms), 0s));
        QVERIFY(!busyPercent(busyFor(0ms), busyFor(1ms), -1s));
        QVERIFY(!busyPercent(BlockDevice(), busyFor(1ms), 1s));
        QVERIFY(!busyPercent(busyFor(1ms), BlockDevice(), 1s));
    }
};

QTEST_GUILESS_MAIN(DiskIoTest)
#include "diskio_test.moc"

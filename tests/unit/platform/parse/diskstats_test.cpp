// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/diskstats.h"

#include <QTest>

using namespace sextant::platform;
using namespace sextant::platform::parse;
using namespace std::chrono_literals;

class DiskStatsTest : public QObject {
    Q_OBJECT
private slots:
    void aSectorIs512Bytes()
    {
        const auto stats = parseDiskStats(" 254       0 vda 111733 17496 7271354 80687 494724 47189 15964296 74189 3 "
                                          "47548 162466 20186 71 2950456 2153 112377 5436\n");
        QVERIFY(stats);
        const DiskStatsLine& line = stats->lines.at(0);
        QCOMPARE(line.major, 254U);
        QCOMPARE(line.minor, 0U);
        const BlockDevice& device = line.device;
        QCOMPARE(device.kernelName, std::string("vda"));
        QCOMPARE(device.reads, std::uint64_t(111733));
        QCOMPARE(device.readsMerged.value(), std::uint64_t(17496));
        QCOMPARE(device.readBytes, std::uint64_t(3722933248)); // 7271354 sectors
        QCOMPARE(device.readTime.value(), 80687ms);
        QCOMPARE(device.writes, std::uint64_t(494724));
        QCOMPARE(device.writesMerged.value(), std::uint64_t(47189));
        QCOMPARE(device.writeBytes, std::uint64_t(8173719552)); // 15964296 sectors
        QCOMPARE(device.writeTime.value(), 74189ms);
        QCOMPARE(device.inFlight.value(), std::uint64_t(3));
        QCOMPARE(device.busyTime.value(), 47548ms);
        QCOMPARE(device.weightedTime.value(), 162466ms);
    }

    void fourteenFieldsAreEnough()
    {
        const auto stats = parseDiskStats("8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n");
        QVERIFY(stats);
        QCOMPARE(stats->lines.at(0).device.weightedTime.value(), 11ms);
    }

    void partitionsOfVeryOldKernelsSayNoTimes()
    {
        const auto stats = parseDiskStats("3 1 hda1 35486 38030 38030 38030\n");
        QVERIFY(stats);
        const BlockDevice& device = stats->lines.at(0).device;
        QCOMPARE(device.reads, std::uint64_t(35486));
        QCOMPARE(device.readBytes, std::uint64_t(38030 * 512));
        QVERIFY(!device.readTime && !device.busyTime && !device.inFlight && !device.readsMerged);
    }

    void lessThanNothingInFlightIsNoCount()
    {
        const auto stats = parseDiskStats("8 0 sda 1 2 3 4 5 6 7 8 -1 10 11\n");
        QVERIFY(stats);
        QVERIFY(!stats->lines.at(0).device.inFlight);
        QCOMPARE(stats->lines.at(0).device.busyTime.value(), 10ms);
    }

    void brokenLinesAreCounted()
    {
        const auto stats =
            parseDiskStats("8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 1 sda1 1 2 3 4 5\n8 2 sda2 1 2 x 4 5 6 7 8 9 10 11\n");
        QVERIFY(stats);
        QCOMPARE(stats->lines.size(), 1U);
        QCOMPARE(stats->broken, 2U);
        QVERIFY(!parseDiskStats("rubbish\n"));
        QVERIFY(!parseDiskStats("8 99999999999 sda 1 2 3 4 5 6 7 8 9 10 11\n"));
    }

    void aMachineWithoutDisksHasNone()
    {
        const auto stats = parseDiskStats("");
        QVERIFY(stats);
        QVERIFY(stats->lines.empty());
    }
};

QTEST_GUILESS_MAIN(DiskStatsTest)
#include "diskstats_test.moc"

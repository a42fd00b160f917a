// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/windows_disks.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

class WindowsDisksTest : public QObject {
    Q_OBJECT

private slots:
    void everyFact()
    {
        RawStructure bytes(88); // DISK_PERFORMANCE
        bytes.put<std::int64_t>(0, 4'096).put<std::int64_t>(8, 8'192).put<std::int64_t>(16, 30'000'000);
        bytes.put<std::int64_t>(24, 5'000).put<std::int64_t>(32, 90'000'000).put<std::uint32_t>(40, 11);
        bytes.put<std::uint32_t>(44, 22).put<std::uint32_t>(48, 3);
        const auto performance = parse::parseDiskPerformance(bytes.bytes());
        QVERIFY(performance.has_value());
        const BlockDevice device = parse::DiskHistory().add(2, *performance, 100s);
        QCOMPARE(device.name, std::string("PhysicalDrive2"));
        QCOMPARE(device.readBytes, 4'096U);
        QCOMPARE(device.writeBytes, 8'192U);
        QCOMPARE(device.reads, 11U);
        QCOMPARE(device.writes, 22U);
        QVERIFY(device.readTime == 3000ms && device.writeTime == 0ms);
        QCOMPARE(device.inFlight.value_or(0), 3U);
        QVERIFY(device.busyTime == 0ms && device.kind == BlockDeviceKind::Disk);
        QVERIFY(!device.readsMerged && !device.weightedTime);
        QVERIFY(parse::parseDiskPerformance(bytes.cutBy(1)).error().code == ErrorCode::Malformed);
    }

    void busyIsWhatIdleLeaves()
    {
        parse::DiskHistory history;
        parse::DiskPerformance performance;
        performance.idleTime = 50s;
        const BlockDevice first = history.add(0, performance, 100s);
        performance.idleTime = 54s;
        const BlockDevice second = history.add(0, performance, 110s);
        QVERIFY(second.busyTime == 6s);
        QCOMPARE(busyPercent(first, second, 10s).value_or(-1), 60.0);
        performance.idleTime = 65s; // more than passed: the two clocks are read one after the other
        QVERIFY(history.add(0, performance, 120s).busyTime == 6s);
        performance.idleTime = 1s; // the driver began to count anew
        QVERIFY(history.add(0, performance, 130s).busyTime == 6s);
        performance.idleTime = 2s;
        QVERIFY(history.add(0, performance, 132s).busyTime == 7s);
    }

    void countsOf32BitsGoOn()
    {
        parse::DiskHistory history;
        parse::DiskPerformance performance;
        performance.reads = 0xffff'fff0;
        QCOMPARE(history.add(0, performance, 1s).reads, 0xffff'fff0U);
        performance.reads = 0x10;
        QCOMPARE(history.add(0, performance, 2s).reads, 0x1'0000'0010U);
    }

    void instancesOfTheCounterObject()
    {
        QCOMPARE(parse::diskOfInstance("12 C: D:").value_or(99), 12U);
        QCOMPARE(parse::diskOfInstance("3").value_or(99), 3U);
        QVERIFY(!parse::diskOfInstance("_Total") && !parse::diskOfInstance("") && !parse::diskOfInstance("99999"));
    }
};

QTEST_APPLESS_MAIN(WindowsDisksTest)
#include "windows_disks_test.moc"

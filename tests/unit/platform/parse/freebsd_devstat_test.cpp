// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/freebsd_devstat.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kHalf = std::uint64_t(1) << 63; // of a second, in 2^-64

/// struct devstat, version 6: 10 GB read in 100 reads, 20 GB written in 200 writes, at rest.
RawStructure device(std::string_view driver, int unit)
{
    RawStructure raw(288);
    raw.put<std::uint32_t>(8, 300).put<std::uint32_t>(12, 300).text(44, driver).put<std::int32_t>(60, unit);
    raw.put<std::uint64_t>(64 + 8, 10'000'000'000).put<std::uint64_t>(64 + 16, 20'000'000'000);
    raw.put<std::uint64_t>(96 + 8, 100).put<std::uint64_t>(96 + 16, 200);
    raw.put<std::int64_t>(128 + 16, 4).put<std::uint64_t>(128 + 24, kHalf);     // reads: 4.5 s
    raw.put<std::int64_t>(128 + 32, 9).put<std::uint64_t>(128 + 40, kHalf / 2); // writes: 9.25 s
    raw.put<std::int64_t>(192, 11).put<std::uint64_t>(200, kHalf);              // busy: 11.5 s
    return raw;
}

RawStructure list(const RawStructure& devices)
{
    return RawStructure(8).put<std::int64_t>(0, 42).append(devices); // the generation comes first
}

} // namespace

class FreeBsdDevstatTest : public QObject {
    Q_OBJECT

private slots:
    void everyFigureOfADisk()
    {
        const RawStructure bytes = list(device("nda", 0).append(device("ada", 12)));
        const auto devices = parse::parseDevstat(bytes.bytes(), 1000s);
        QVERIFY(devices.has_value());
        QCOMPARE(devices->size(), 2U);
        const BlockDevice& disk = devices->front();
        QVERIFY(disk.name == "nda0" && disk.kernelName == "nda0" && disk.kind == BlockDeviceKind::Disk);
        QCOMPARE(disk.readBytes, 10'000'000'000U);
        QCOMPARE(disk.writeBytes, 20'000'000'000U);
        QCOMPARE(disk.reads, 100U);
        QCOMPARE(disk.writes, 200U);
        QVERIFY(disk.readTime == 4500ms && disk.writeTime == 9250ms && disk.busyTime == 11500ms);
        QCOMPARE(disk.inFlight.value_or(99), 0U);
        QVERIFY(!disk.readsMerged && !disk.weightedTime);
        QVERIFY(devices->back().name == "ada12");
    }

    void aDiskAtWorkIsBusyUntilNow()
    {
        RawStructure raw = device("da", 1);
        raw.put<std::uint32_t>(8, 2).put<std::uint32_t>(12, 0xffff'ffff); // both counts wrap
        raw.put<std::int64_t>(16, 990);
        const auto atWork = parse::parseDevstat(list(raw).bytes(), 1000s);
        QVERIFY(atWork.has_value());
        QVERIFY(atWork->front().busyTime == 21500ms);
        QCOMPARE(atWork->front().inFlight.value_or(0), 3U);
        const auto early = parse::parseDevstat(list(raw).bytes(), 980s); // it began after the clock was read
        QVERIFY(early.has_value() && early->front().busyTime == 11500ms);
    }

    void passThroughIsLeftOutAndMemoryDisksAreLoops()
    {
        RawStructure pass = device("pass", 0);
        pass.put<std::uint32_t>(260, 0x110);
        const auto devices = parse::parseDevstat(list(pass.append(device("md", 0))).bytes(), 1000s);
        QVERIFY(devices.has_value());
        QCOMPARE(devices->size(), 1U);
        QVERIFY(devices->front().name == "md0" && devices->front().kind == BlockDeviceKind::Loop);
    }

    void aListCutShortIsMalformed()
    {
        const RawStructure bytes = list(device("da", 0));
        QVERIFY(parse::parseDevstat(bytes.cutBy(1), 0s).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseDevstat({}, 0s).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseDevstat(RawStructure(8).bytes(), 0s).value().empty());
    }
};

QTEST_APPLESS_MAIN(FreeBsdDevstatTest)
#include "freebsd_devstat_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/disk_health.h"

#include <QTest>

#include <limits>

using namespace sextant;
using namespace sextant::platform;
using namespace sextant::platform::parse;
using namespace std::chrono_literals;

namespace {

/// The health page of a drive that served two years, as `nvme smart-log` prints it.
RawStructure nvmePage()
{
    RawStructure page(512);
    page.put<std::uint16_t>(1, 311).put<std::uint8_t>(3, 100).put<std::uint8_t>(4, 10).put<std::uint8_t>(5, 3);
    page.put<std::uint64_t>(32, 24'503'226).put<std::uint64_t>(48, 31'204'110).put<std::uint64_t>(112, 1'207);
    page.put<std::uint64_t>(128, 9'412).put<std::uint64_t>(144, 41).put<std::uint64_t>(160, 2);
    return page;
}

/// Sets the last byte so that all add up to 0.
RawStructure summed(RawStructure sector)
{
    unsigned sum = 0;
    for (const std::byte byte : sector.cutBy(1))
        sum += std::to_integer<unsigned>(byte);
    sector.put(511, static_cast<std::uint8_t>(256 - sum % 256));
    return sector;
}

struct MadeAttribute {
    std::uint8_t id, flags, value;
    std::uint64_t raw;
};

RawStructure smartData(std::initializer_list<MadeAttribute> attributes)
{
    RawStructure sector(512);
    sector.put<std::uint16_t>(0, 16);
    std::size_t offset = 2;
    for (const MadeAttribute& one : attributes) {
        sector.put<std::uint64_t>(offset + 5, one.raw); // the next entry, or the reserved byte, ends it after six
        sector.put(offset, one.id).put(offset + 1, one.flags).put<std::uint8_t>(offset + 2, 0);
        sector.put(offset + 3, one.value).put<std::uint8_t>(offset + 4, 100).put<std::uint8_t>(offset + 11, 0);
        offset += 12;
    }
    return summed(sector);
}

RawStructure thresholds(std::initializer_list<std::pair<std::uint8_t, std::uint8_t>> entries)
{
    RawStructure sector(512);
    std::size_t offset = 2;
    for (const auto& [id, threshold] : entries) {
        sector.put(offset, id).put(offset + 1, threshold);
        offset += 12;
    }
    return summed(sector);
}

const std::initializer_list<MadeAttribute> kHardDisk{{1, 0x0f, 117, 143'528'280}, {5, 0x33, 100, 8},
    {9, 0x32, 71, 0x1a2'0000'64c1}, {12, 0x32, 100, 62}, {187, 0x32, 98, 2}, {190, 0x22, 64, 0x1c00'0000'0024},
    {194, 0x22, 36, 0x0011'0000'0025}, {197, 0x12, 100, 16}, {199, 0x3e, 200, 3}, {202, 0x32, 90, 0}};

} // namespace

class DiskHealthTest : public QObject {
    Q_OBJECT
private slots:
    void nvme()
    {
        DiskHealth disk;
        QVERIFY(parseNvmeHealth(nvmePage().bytes(), disk));
        QCOMPARE(disk.healthy, std::optional(true));
        QVERIFY(std::abs(disk.celsius.value() - 37.85) < 1e-9);
        QCOMPARE(disk.sparePercent, std::optional(100.0));
        QCOMPARE(disk.wearPercent, std::optional(3.0));
        QCOMPARE(disk.readBytes, std::optional<std::uint64_t>(24'503'226ULL * 512'000));
        QCOMPARE(disk.writeBytes, std::optional<std::uint64_t>(31'204'110ULL * 512'000));
        QCOMPARE(disk.powerCycles, std::optional<std::uint64_t>(1'207));
        QVERIFY(disk.powerOn == std::optional(9'412h));
        QCOMPARE(disk.unsafeShutdowns, std::optional<std::uint64_t>(41));
        QCOMPARE(disk.mediaErrors, std::optional<std::uint64_t>(2));
        QVERIFY(!disk.reallocatedSectors && !disk.linkErrors && !disk.asleep);
    }

    void nvmeAtAndPastItsLimits()
    {
        DiskHealth disk;
        RawStructure page = nvmePage();
        page.put<std::uint8_t>(0, 0x04).put<std::uint8_t>(5, 255).put<std::uint8_t>(3, 101).put<std::uint16_t>(1, 0);
        page.put<std::uint64_t>(56, 1); // more bytes were written than 64 bits count
        page.put<std::uint64_t>(32, std::numeric_limits<std::uint64_t>::max() / 512'000 + 1);
        page.put<std::uint64_t>(128, std::numeric_limits<std::uint64_t>::max());
        QVERIFY(parseNvmeHealth(page.bytes(), disk));
        QCOMPARE(disk.healthy, std::optional(false)); // its reliability is degraded
        QCOMPARE(disk.wearPercent, std::optional(255.0));
        QVERIFY(!disk.sparePercent && !disk.celsius && !disk.writeBytes && !disk.readBytes && !disk.powerOn);
        page.put<std::uint8_t>(0, 0xc0); // reserved bits are no warning
        QVERIFY(parseNvmeHealth(page.bytes(), disk) && disk.healthy == std::optional(true));
        QCOMPARE(parseNvmeHealth(page.cutBy(1), disk).error().code, ErrorCode::Malformed);
        QCOMPARE(parseNvmeHealth(RawStructure(512).bytes(), disk).error().code, ErrorCode::Malformed);
        QCOMPARE(parseNvmeHealth({}, disk).error().code, ErrorCode::Malformed);
    }

    void ataHardDisk()
    {
        DiskHealth disk;
        const auto limits = thresholds({{1, 6}, {5, 36}, {9, 0}});
        QVERIFY(parseAtaHealth(smartData(kHardDisk).bytes(), limits.bytes(), true, disk));
        QCOMPARE(disk.healthy, std::optional(true));
        QCOMPARE(disk.reallocatedSectors, std::optional<std::uint64_t>(8));
        QVERIFY(disk.powerOn == std::optional(std::chrono::hours(0x64c1))); // without the milliseconds above
        QCOMPARE(disk.powerCycles, std::optional<std::uint64_t>(62));
        QCOMPARE(disk.mediaErrors, std::optional<std::uint64_t>(2));
        QCOMPARE(disk.celsius, std::optional(37.0)); // 194, not 190
        QCOMPARE(disk.pendingSectors, std::optional<std::uint64_t>(16));
        QCOMPARE(disk.linkErrors, std::optional<std::uint64_t>(3));
        QVERIFY(!disk.wearPercent); // 202 is another thing on a disk that spins
    }

    void ataSsdWearsOut()
    {
        DiskHealth disk;
        const auto data = smartData({{5, 0x33, 10, 900}, {177, 0x13, 81, 412}, {194, 0x22, 70, 30}});
        QVERIFY(parseAtaHealth(data.bytes(), thresholds({{5, 10}, {177, 0}}).bytes(), false, disk));
        QCOMPARE(disk.healthy, std::optional(false)); // at its threshold
        QCOMPARE(disk.wearPercent, std::optional(19.0));
        DiskHealth known;
        known.healthy = true;
        QVERIFY(parseAtaHealth(data.bytes(), {}, false, known)); // without thresholds there is no verdict
        QCOMPARE(known.healthy, std::optional(true));
        // What ages (flag 0 of bit 0) may reach its threshold in health.
        const auto aged = smartData({{9, 0x32, 1, 80'000}});
        QVERIFY(parseAtaHealth(aged.bytes(), thresholds({{9, 10}}).bytes(), false, disk));
        QCOMPARE(disk.healthy, std::optional(true));
    }

    void ataDamaged()
    {
        DiskHealth disk;
        RawStructure data = smartData(kHardDisk);
        QCOMPARE(parseAtaHealth(data.cutBy(1), {}, true, disk).error().code, ErrorCode::Malformed);
        data.put<std::uint8_t>(20, 0x55);
        QCOMPARE(parseAtaHealth(data.bytes(), {}, true, disk).error().code, ErrorCode::Malformed);
        const auto shortThresholds = thresholds({{5, 36}});
        QCOMPARE(parseAtaHealth(smartData(kHardDisk).bytes(), shortThresholds.cutBy(1), true, disk).error().code,
            ErrorCode::Malformed);
        QVERIFY(!disk.healthy && !disk.powerOn);
    }

    void windowsBuses()
    {
        RawStructure bytes(40);
        for (const auto& [bus, language] : {std::pair{17U, DiskLanguage::Nvme}, {11U, DiskLanguage::Ata},
                 {3U, DiskLanguage::Ata}, {7U, DiskLanguage::Other}, {0xffffffffU, DiskLanguage::Other}})
            QVERIFY(parseDiskLanguage(bytes.put<std::uint32_t>(28, bus).bytes()).value() == language);
        QCOMPARE(parseDiskLanguage(bytes.cutBy(5)).error().code, ErrorCode::Malformed);
        QCOMPARE(diskText("  SAMSUNG\x01 SSD  "), std::string("SAMSUNG? SSD"));
    }

    void windowsProtocolData()
    {
        RawStructure bytes(48 + 512);
        bytes.put<std::uint32_t>(0, 48).put<std::uint32_t>(4, 560).put<std::uint32_t>(24, 40);
        bytes.put<std::uint32_t>(28, 512).put<std::uint16_t>(49, 311);
        const auto page = parseProtocolData(bytes.bytes());
        QVERIFY(page && page->size() == 512);
        QCOMPARE(numberAt<std::uint16_t>(*page, 1), std::uint16_t(311));
        QCOMPARE(parseProtocolData(bytes.cutBy(1)).error().code, ErrorCode::Malformed);
        for (const std::uint32_t offset : {0U, 39U, 41U, 0xffffffffU})
            QCOMPARE(parseProtocolData(RawStructure(bytes).put(24, offset).bytes()).error().code, ErrorCode::Malformed);
        QCOMPARE(parseProtocolData(bytes.put<std::uint32_t>(28, 511).bytes()).error().code, ErrorCode::Malformed);
    }

    void whetherItSleeps()
    {
        const auto descriptor = [](std::uint8_t count) {
            return RawStructure(32)
                .put<std::uint8_t>(0, 0x72)
                .put<std::uint8_t>(8, 0x09)
                .put<std::uint8_t>(9, 0x0c)
                .put(13, count);
        };
        QCOMPARE(motorRuns(descriptor(0xff).bytes()), std::optional(true));
        QCOMPARE(motorRuns(descriptor(0x80).bytes()), std::optional(true));
        QCOMPARE(motorRuns(descriptor(0x00).bytes()), std::optional(false));
        QCOMPARE(motorRuns(descriptor(0x01).bytes()), std::optional(false));
        QCOMPARE(motorRuns(RawStructure(18).put<std::uint8_t>(0, 0x70).put<std::uint8_t>(6, 0xff).bytes()),
            std::optional(true));
        QCOMPARE(motorRuns(RawStructure(18).put<std::uint8_t>(0, 0xf0).bytes()), std::optional(false));
        QVERIFY(!motorRuns(RawStructure(32).bytes())); // no sense at all
        QVERIFY(!motorRuns(descriptor(0xff).cutBy(11)));
        QVERIFY(!motorRuns({}));
    }
};

QTEST_GUILESS_MAIN(DiskHealthTest)
#include "disk_health_test.moc"

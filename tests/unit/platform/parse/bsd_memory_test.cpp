// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/bsd_memory.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;

class BsdMemoryTest : public QObject {
    Q_OBJECT

private slots:
    void swapOfAFreeBsdDevice()
    {
        RawStructure device(32); // xsw_version, xsw_dev, xsw_flags, xsw_nblks, xsw_used
        device.put<std::uint32_t>(0, 2).put<std::int32_t>(20, 524'288).put<std::int32_t>(24, 1'234);
        QCOMPARE(parse::parseSwapDeviceUsed(device.bytes()).value_or(0), 1'234U);
        QVERIFY(parse::parseSwapDeviceUsed(device.cutBy(1)).error().code == ErrorCode::Malformed);
    }

    void pagesOfAMac()
    {
        constexpr std::uint64_t kPage = 16'384;
        constexpr std::uint64_t kTotal = 1'000'000 * kPage;
        RawStructure pages(152);
        pages.put<std::uint32_t>(0, 10'000).put<std::uint32_t>(4, 400'000).put<std::uint32_t>(8, 300'000);
        pages.put<std::uint64_t>(32, 77).put<std::uint64_t>(48, 9'000'000'000).put<std::uint32_t>(88, 5'000);
        pages.put<std::uint32_t>(92, 4'000).put<std::uint32_t>(136, 200'000);
        const auto reading = parse::parseVmStatistics(pages.bytes(), kTotal, kPage);
        QVERIFY(reading.has_value());
        QCOMPARE(reading->total, kTotal);
        QCOMPARE(reading->free.value_or(0), 6'000 * kPage);
        QCOMPARE(reading->available, 315'000 * kPage);
        QCOMPARE(reading->cached.value_or(0), 200'000 * kPage);
        QCOMPARE(reading->pageFaults.value_or(0), 9'000'000'000U);
        QCOMPARE(reading->majorPageFaults.value_or(0), 77U);
        QVERIFY(!reading->buffers && !reading->swapTotal);
        // An older kernel's structure ends earlier, but past what is read here.
        QVERIFY(parse::parseVmStatistics(pages.bytes().first(140), kTotal, kPage).has_value());
        QVERIFY(parse::parseVmStatistics(pages.bytes().first(139), kTotal, kPage).error().code == ErrorCode::Malformed);
    }

    void availableIsNeverMoreThanTotal()
    {
        RawStructure pages(152);
        pages.put<std::uint32_t>(0, 900).put<std::uint32_t>(8, 900).put<std::uint32_t>(92, 2'000);
        const auto reading = parse::parseVmStatistics(pages.bytes(), 1'000 * 4'096, 4'096);
        QVERIFY(reading.has_value());
        QCOMPARE(reading->available, reading->total);
        QCOMPARE(reading->free.value_or(1), 0U); // more read ahead than free: counted at two moments
    }

    void swapOfAMac()
    {
        RawStructure usage(32);
        usage.put<std::uint64_t>(0, 3'221'225'472).put<std::uint64_t>(8, 1'073'741'824);
        usage.put<std::uint64_t>(16, 2'147'483'648).put<std::uint32_t>(24, 4'096);
        MemoryReading reading;
        QVERIFY(parse::parseSwapUsage(usage.bytes(), reading).has_value());
        QCOMPARE(reading.swapTotal.value_or(0), 3'221'225'472U);
        QCOMPARE(reading.swapUsed().value_or(0), 2'147'483'648U);
        QVERIFY(parse::parseSwapUsage(usage.cutBy(1), reading).error().code == ErrorCode::Malformed);
    }
};

QTEST_APPLESS_MAIN(BsdMemoryTest)
#include "bsd_memory_test.moc"

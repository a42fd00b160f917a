// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/windows_system.h"
#include "platform/parse/windows_times.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

class WindowsSystemTest : public QObject {
    Q_OBJECT

private slots:
    void counters()
    {
        RawStructure bytes(344); // as Windows 10 writes it
        bytes.put<std::uint32_t>(60, 4'000'000'000).put<std::uint32_t>(84, 12).put<std::uint32_t>(296, 77);
        const auto counters = parse::parsePerformanceCounters(bytes.bytes());
        QVERIFY(counters.has_value());
        QCOMPARE(counters->pageFaults.value_or(0), 4'000'000'000U);
        QCOMPARE(counters->pageReads.value_or(0), 12U);
        QCOMPARE(counters->contextSwitches.value_or(0), 77U);
        QVERIFY(parse::parsePerformanceCounters(bytes.cutBy(33)).error().code == ErrorCode::Malformed);
    }

    void aCountOfNothingIsAbsent()
    {
        const auto counters = parse::parsePerformanceCounters(RawStructure(312).bytes());
        QVERIFY(counters && !counters->pageFaults && !counters->pageReads && !counters->contextSwitches);
    }

    void theIdOfABootStaysWhenTheClockIsSet()
    {
        constexpr std::int64_t kBoot = 134'397'844'218'085'730; // 2026-11-22 01:27 UTC
        RawStructure bytes(48);
        bytes.put(0, kBoot);
        const auto boot = parse::parseBootMoment(bytes.bytes());
        QVERIFY(boot.has_value());
        QCOMPARE(std::chrono::floor<std::chrono::seconds>(boot->time).time_since_epoch().count(), 1'795'310'821);
        QCOMPARE(boot->id.size(), 16U);
        bytes.put(0, kBoot + 36'000'000'000).put<std::int64_t>(32, 36'000'000'000); // set forward by an hour
        const auto moved = parse::parseBootMoment(bytes.bytes());
        QCOMPARE(moved->id, boot->id);
        QVERIFY(moved->time - boot->time == 1h);
        bytes.put(0, kBoot + 1).put<std::int64_t>(32, 0);
        QVERIFY(parse::parseBootMoment(bytes.bytes())->id != boot->id);
        QVERIFY(parse::parseBootMoment(bytes.cutBy(1)).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseBootMoment(RawStructure(48).bytes()).error().code == ErrorCode::Malformed);
    }

    void memoryLists()
    {
        RawStructure bytes(176); // zeroed, free, modified, modified and not written, bad, then standby by priority
        bytes.put<std::uint64_t>(0, 100).put<std::uint64_t>(8, 20).put<std::uint64_t>(16, 9'999);
        bytes.put<std::uint64_t>(40, 1).put<std::uint64_t>(96, 2).put<std::uint64_t>(104, 9'999);
        const auto lists = parse::parseMemoryLists(bytes.bytes());
        QVERIFY(lists.has_value());
        QCOMPARE(lists->freePages, 120U);
        QCOMPARE(lists->standbyPages, 3U);
        QVERIFY(parse::parseMemoryLists(bytes.cutBy(1)).error().code == ErrorCode::Malformed);
    }

    void momentsFrom1970To2261()
    {
        QVERIFY(!parse::momentOf(0) && !parse::momentOf(-5));
        QVERIFY(!parse::momentOf(std::numeric_limits<std::int64_t>::max()));
        QVERIFY(parse::momentOf(116'444'736'000'000'000) == std::chrono::system_clock::time_point());
        QVERIFY(!parse::momentOf(1));
    }
};

QTEST_APPLESS_MAIN(WindowsSystemTest)
#include "windows_system_test.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/windows_cpu.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kSecond = 10'000'000; // in 100 ns

/// SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION: idle, kernel, user, DPC, interrupt, count of interrupts.
RawStructure processor(std::int64_t idle, std::int64_t kernel, std::int64_t user, std::int64_t dpc,
    std::int64_t interrupt, std::uint32_t count)
{
    RawStructure bytes(48);
    bytes.put(0, idle).put(8, kernel).put(16, user).put(24, dpc).put(32, interrupt).put(40, count);
    return bytes;
}

} // namespace

class WindowsCpuTest : public QObject {
    Q_OBJECT

private slots:
    void idleIsPartOfTheKernelsTime()
    {
        RawStructure bytes = processor(60 * kSecond, 70 * kSecond, 30 * kSecond, 2 * kSecond, kSecond, 7);
        bytes.append(processor(0, 15, 25, 0, 0, 0));
        const auto cores = parse::parseProcessorTimes(bytes.bytes(), 64);
        QVERIFY(cores.has_value());
        QCOMPARE(cores->size(), 2U);
        const CpuTimes& times = cores->front().times;
        QVERIFY(times.idle == 60s && times.user == 30s && times.softirq == 2s && times.irq == 1s);
        QVERIFY(times.system == 7s); // of 70: 60 idle, 2 DPC, 1 interrupt
        QVERIFY(!times.nice && !times.iowait && !times.steal && !times.guest);
        QCOMPARE(cores->front().core, 64U);
        QCOMPARE(cores->back().core, 65U);
        QCOMPARE(cores->back().times.user.count(), 2); // microseconds
    }

    void aBusySecondIsAHundredPercent()
    {
        const auto before = parse::parseProcessorTimes(processor(kSecond, kSecond, 0, 0, 0, 0).bytes(), 0);
        const auto busy = parse::parseProcessorTimes(processor(kSecond, kSecond, kSecond, 0, 0, 0).bytes(), 0);
        const auto idle = parse::parseProcessorTimes(processor(2 * kSecond, 2 * kSecond, 0, 0, 0, 0).bytes(), 0);
        QCOMPARE(cpuUsage(before->front().times, busy->front().times)->usage, 100.0);
        QCOMPARE(cpuUsage(before->front().times, idle->front().times)->usage, 0.0);
    }

    void partsAheadOfTheWholeAreNoNegativeTime()
    {
        const auto cores = parse::parseProcessorTimes(processor(kSecond + 1, kSecond, 0, 5, 5, 0).bytes(), 0);
        QVERIFY(cores->front().times.system == 0s);
        const auto hostile = parse::parseProcessorTimes(
            processor(-1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), 0, 0, 0)
                .bytes(),
            0);
        QVERIFY(hostile->front().times.idle == 0s && hostile->front().times.user == 0s);
        QVERIFY(hostile->front().times.system > 1000h);
    }

    void onlyWholeProcessors()
    {
        const RawStructure bytes = processor(1, 2, 3, 0, 0, 5);
        QVERIFY(parse::parseProcessorTimes(bytes.cutBy(1), 0).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseProcessorTimes(bytes.cutBy(48), 0).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseInterruptCounts(bytes.cutBy(1)).empty());
        QVERIFY(parse::parseInterruptCounts(bytes.bytes()) == std::vector<std::uint32_t>{5});
    }
};

QTEST_APPLESS_MAIN(WindowsCpuTest)
#include "windows_cpu_test.moc"

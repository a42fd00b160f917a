// SPDX-License-Identifier: GPL-3.0-or-later
#include "parse/raw_structure.h"
#include "platform/parse/bsd_cpu.h"

#include <QTest>

using namespace sextant;
using namespace sextant::platform;
using namespace std::chrono_literals;

class BsdCpuTest : public QObject {
    Q_OBJECT

private slots:
    void freeBsdTicksBecomeTimes()
    {
        RawStructure times(2 * 40); // long[2][5]: user, nice, system, interrupt, idle
        times.put<std::int64_t>(0, 127).put<std::int64_t>(8, 254).put<std::int64_t>(16, 381);
        times.put<std::int64_t>(24, 1).put<std::int64_t>(32, 127'000).put<std::int64_t>(40 + 32, 64);
        const auto cores = parse::parseCpTimes(times.bytes(), 127);
        QVERIFY(cores.has_value());
        QCOMPARE(cores->size(), 2U);
        const CpuTimes& first = cores->front().times;
        QVERIFY(first.user == 1s && first.nice == 2s && first.system == 3s && first.idle == 1000s);
        QVERIFY(first.irq == CpuTimes::Time(7'874)); // a 127th of a second
        QVERIFY(!first.iowait && !first.steal);
        QCOMPARE(cores->back().core, 1U);
        QVERIFY(cores->back().times.idle == CpuTimes::Time(503'937));
    }

    void aCpuThatNeverRanIsNotThere()
    {
        RawStructure times(3 * 40);
        times.put<std::int64_t>(32, 100).put<std::int64_t>(80 + 32, 100);
        const auto cores = parse::parseCpTimes(times.bytes(), 100);
        QVERIFY(cores.has_value());
        QCOMPARE(cores->size(), 2U);
        QCOMPARE(cores->back().core, 2U);
    }

    void ticksOfManyYearsDoNotRunOver()
    {
        RawStructure times(40);
        times.put<std::int64_t>(32, 1'000'000'000'000); // 249 years at 127 Hz
        const auto cores = parse::parseCpTimes(times.bytes(), 127);
        QVERIFY(cores.has_value());
        QCOMPARE(cores->front().times.idle.count(), 7'874'015'748'031'496);
    }

    void ticksPerSecondAreStatHz()
    {
        RawStructure clock(20); // hz, tick, spare, stathz, profhz
        clock.put<std::int32_t>(0, 1000).put<std::int32_t>(12, 127).put<std::int32_t>(16, 8128);
        QCOMPARE(parse::parseStatHz(clock.bytes()).value_or(0), 127U);
        QVERIFY(parse::parseStatHz(clock.cutBy(1)).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseStatHz(clock.put<std::int32_t>(12, 0).bytes()).error().code == ErrorCode::Malformed);
    }

    void darwinTicksAreHundredths()
    {
        RawStructure ticks(2 * 16); // natural_t[2][4]: user, system, idle, nice
        ticks.put<std::uint32_t>(0, 150).put<std::uint32_t>(4, 50).put<std::uint32_t>(8, 4'294'967'295);
        ticks.put<std::uint32_t>(12, 100).put<std::uint32_t>(16, 1);
        const auto cores = parse::parseProcessorTicks(ticks.bytes());
        QVERIFY(cores.has_value());
        QCOMPARE(cores->size(), 2U);
        const CpuTimes& first = cores->front().times;
        QVERIFY(first.user == 1500ms && first.system == 500ms && first.nice == 1s);
        QVERIFY(first.idle == 42'949'672'950ms);
        QVERIFY(!first.irq);
        QVERIFY(cores->back().times.user == 10ms);
    }

    void bytesThatAreNoWholeCpusAreMalformed()
    {
        const RawStructure bytes(80);
        QVERIFY(parse::parseCpTimes(bytes.cutBy(8), 127).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseCpTimes({}, 127).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseCpTimes(bytes.bytes(), 127).error().code == ErrorCode::Malformed); // no CPU ever ran
        QVERIFY(parse::parseProcessorTicks(bytes.cutBy(4)).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseProcessorTicks({}).error().code == ErrorCode::Malformed);
    }

    void loadIsDividedByItsScale()
    {
        RawStructure load(24);
        load.put<std::uint32_t>(0, 2048).put<std::uint32_t>(4, 1024).put<std::uint32_t>(8, 512);
        load.put<std::int64_t>(16, 2048);
        const auto averages = parse::parseLoadAverage(load.bytes());
        QVERIFY(averages.has_value());
        QCOMPARE(averages->load1, 1.0);
        QCOMPARE(averages->load5, 0.5);
        QCOMPARE(averages->load15, 0.25);
        QVERIFY(parse::parseLoadAverage(load.cutBy(1)).error().code == ErrorCode::Malformed);
        QVERIFY(parse::parseLoadAverage(RawStructure(24).bytes()).error().code == ErrorCode::Malformed);
    }

    void theTotalIsTheSumOfTheCores()
    {
        CpuTimes times;
        times.user = 1s;
        times.system = 2s;
        times.idle = 3s;
        times.nice = 4s;
        const CpuReading reading = readingOf({{0, times}, {3, times}});
        QCOMPARE(reading.logicalCount(), 2U);
        QVERIFY(reading.total.user == 2s && reading.total.system == 4s && reading.total.idle == 6s);
        QVERIFY(reading.total.nice == 8s);
        QVERIFY(!reading.total.irq); // a mode that no core tells apart
    }
};

QTEST_APPLESS_MAIN(BsdCpuTest)
#include "bsd_cpu_test.moc"

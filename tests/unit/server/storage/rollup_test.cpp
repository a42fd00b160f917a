// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/counter.h"
#include "metrics/stale.h"
#include "server/storage/rollup.h"
#include "server/storage/store.h"

#include <QTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <tuple>

using namespace sextant;
using namespace sextant::server;
using metrics::Block;
using metrics::BlockColumn;
using metrics::family;
using metrics::Storage;
using metrics::Value;

namespace {

constexpr std::int64_t kHour = 1'767'225'600'000;
constexpr std::uint32_t kGauge =
    metrics::column("cpu", "usage_percent").family->columns[metrics::column("cpu", "usage_percent").index].number;
constexpr std::uint32_t kCounter = metrics::column("cpu", "user_seconds_total")
                                       .family->columns[metrics::column("cpu", "user_seconds_total").index]
                                       .number;

struct Row {
    std::int64_t instance;
    std::int64_t timeMs;
    Value gauge;
    Value counter;
    std::uint32_t intervalMs = 10'000;
};

Block blockOf(const std::vector<Row>& rows)
{
    Block block;
    block.columns = {{kGauge, Storage::Fixed, {}}, {kCounter, Storage::Fixed, {}}};
    for (const Row& row : rows) {
        block.instances.push_back(row.instance);
        block.timesMs.push_back(row.timeMs);
        block.intervalsMs.push_back(row.intervalMs);
        block.columns[0].cells.push_back(row.gauge);
        block.columns[1].cells.push_back(row.counter);
    }
    return block;
}

Block rollUpCpu(Tier tier, const std::vector<Row>& rows, const std::vector<Row>& before = {})
{
    return rollUp(family("cpu"), tier, blockOf(rows), blockOf(before));
}

Value cell(const Block& block, std::uint32_t number, Stat stat, std::size_t row)
{
    for (const BlockColumn& column : block.columns) {
        if (column.number == rollupColumn(number, stat))
            return column.cells[row];
    }
    return {};
}

/// Rows at uneven times with holes, absent cells, resets and gaps, of several instances.
std::vector<Row> randomRows(std::mt19937_64& random, std::int64_t fromMs, std::int64_t toMs)
{
    std::vector<Row> rows;
    for (std::int64_t instance = 1; instance <= 3; ++instance) {
        std::int64_t counter = 0;
        for (std::int64_t time = fromMs + static_cast<std::int64_t>(random() % 9'000); time < toMs;
             time += 5'000 + static_cast<std::int64_t>(random() % 20'000)) {
            if (random() % 100 == 0)
                time += static_cast<std::int64_t>(random() % 1'200'000);
            if (time >= toMs)
                break;
            counter = random() % 50 == 0 ? 0 : counter + static_cast<std::int64_t>(random() % 100'000);
            Row row{instance, time, Value::fixed(static_cast<std::int64_t>(random() % 10'000) - 2'000),
                Value::fixed(counter)};
            if (random() % 10 == 0)
                row.gauge = {};
            if (random() % 10 == 0)
                row.counter = {};
            rows.push_back(row);
        }
    }
    return rows;
}

} // namespace

class RollupTest : public QObject {
    Q_OBJECT

private slots:
    void keepsWhatAGaugeSays();
    void keepsRatesLastAndIncreaseOfACounter();
    void growsFromTheReadingBefore();
    void doesNotJoinAcrossAGap();
    void writesARowWithoutValues();
    void doesNotOverflow();
    void countsNanAsARawSeriesDoes();
    void leavesStaleMarkersOut();
    void sumsAndCountsAreThoseOfTheSamples();
    void anHourIsTheSumOfItsFiveMinutes();
};

void RollupTest::keepsWhatAGaugeSays()
{
    const Block rolled = rollUpCpu(
        Tier::FiveMinutes, {{1, kHour, Value::fixed(30), {}}, {1, kHour + 10'000, Value::fixed(-5), {}},
                               {1, kHour + 20'000, {}, {}, 20'000}, {1, kHour + 300'000, Value::fixed(7), {}}});
    QCOMPARE(rolled.rowCount(), std::size_t{2});
    QCOMPARE(rolled.timesMs, (std::vector<std::int64_t>{kHour, kHour + 300'000}));
    QCOMPARE(rolled.intervalsMs, (std::vector<std::uint32_t>{20'000, 10'000}));
    QVERIFY(cell(rolled, kGauge, Stat::Count, 0) == Value::fixed(2));
    QVERIFY(cell(rolled, kGauge, Stat::Sum, 0) == Value::fixed(25));
    QVERIFY(cell(rolled, kGauge, Stat::Min, 0) == Value::fixed(-5));
    QVERIFY(cell(rolled, kGauge, Stat::Max, 0) == Value::fixed(30));
    QVERIFY(cell(rolled, kGauge, Stat::Last, 0) == Value::fixed(-5));
    QVERIFY(cell(rolled, kGauge, Stat::Last, 1) == Value::fixed(7));
}

void RollupTest::keepsRatesLastAndIncreaseOfACounter()
{
    const Block rolled = rollUpCpu(
        Tier::Hour, {{1, kHour, {}, Value::fixed(1'000)}, {1, kHour + 10'000, {}, Value::fixed(2'000)},
                        {1, kHour + 15'000, {}, Value::fixed(200)}, {1, kHour + 25'000, {}, Value::fixed(200)}});
    QCOMPARE(rolled.rowCount(), std::size_t{1});
    QVERIFY(cell(rolled, kCounter, Stat::Count, 0) == Value::fixed(3));
    QVERIFY(cell(rolled, kCounter, Stat::Sum, 0) == Value::real(140)); // 100 + 40 (after the reset) + 0 per second
    QVERIFY(cell(rolled, kCounter, Stat::Min, 0) == Value::real(0));
    QVERIFY(cell(rolled, kCounter, Stat::Max, 0) == Value::real(100));
    QVERIFY(cell(rolled, kCounter, Stat::Last, 0) == Value::fixed(200));
    QVERIFY(cell(rolled, kCounter, Stat::Increase, 0) == Value::fixed(1'200));
}

void RollupTest::growsFromTheReadingBefore()
{
    const std::vector<Row> before{{1, kHour - 20'000, {}, Value::fixed(100)}, {1, kHour - 10'000, {}, {}},
        {2, kHour - 10'000, {}, Value::fixed(5'000)}};
    const std::vector<Row> rows{{1, kHour, {}, Value::fixed(300)}, {2, kHour, {}, Value::fixed(6'000)}};
    const Block rolled = rollUpCpu(Tier::FiveMinutes, rows, before);
    QVERIFY(cell(rolled, kCounter, Stat::Increase, 0) == Value::fixed(200));
    QVERIFY(cell(rolled, kCounter, Stat::Sum, 0) == Value::real(10));
    QVERIFY(cell(rolled, kCounter, Stat::Increase, 1) == Value::fixed(1'000));
    const Block alone = rollUpCpu(Tier::FiveMinutes, rows);
    QVERIFY(cell(alone, kCounter, Stat::Count, 0).isAbsent());
    QVERIFY(cell(alone, kCounter, Stat::Last, 0) == Value::fixed(300));
}

void RollupTest::doesNotJoinAcrossAGap()
{
    const Block rolled =
        rollUpCpu(Tier::Hour, {{1, kHour, {}, Value::fixed(1'000)}, {1, kHour + 300'001, {}, Value::fixed(2'000)}});
    QVERIFY(cell(rolled, kCounter, Stat::Count, 0).isAbsent());
    const Block slow = rollUpCpu(Tier::Hour,
        {{1, kHour, {}, Value::fixed(1'000), 120'000}, {1, kHour + 300'001, {}, Value::fixed(2'000), 120'000}});
    QVERIFY(cell(slow, kCounter, Stat::Count, 0) == Value::fixed(1));
}

void RollupTest::writesARowWithoutValues()
{
    const Block rolled = rollUpCpu(Tier::FiveMinutes, {{4, kHour + 1, {}, {}}});
    QCOMPARE(rolled.instances, std::vector<std::int64_t>{4});
    QVERIFY(rolled.columns.empty());
}

void RollupTest::doesNotOverflow()
{
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    const Block rolled = rollUpCpu(Tier::Hour,
        {{1, kHour, Value::fixed(kMost), Value::fixed(0)}, {1, kHour + 1'000, Value::fixed(kMost), Value::fixed(kMost)},
            {1, kHour + 2'000, Value::fixed(0), Value::fixed(0)},
            {1, kHour + 3'000, Value::fixed(0), Value::fixed(kMost)}});
    QVERIFY(cell(rolled, kGauge, Stat::Sum, 0).isAbsent());
    QCOMPARE(cell(rolled, kGauge, Stat::WideSum, 0).asReal(), 2 * static_cast<double>(kMost));
    QVERIFY(cell(rolled, kGauge, Stat::Count, 0) == Value::fixed(4));
    QVERIFY(cell(rolled, kCounter, Stat::Count, 0) == Value::fixed(3));
    QVERIFY(cell(rolled, kCounter, Stat::Increase, 0).isAbsent());
}

void RollupTest::countsNanAsARawSeriesDoes()
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Block block;
    block.instances = {1, 1, 1};
    block.timesMs = {kHour, kHour + 1'000, kHour + 2'000};
    block.intervalsMs = {1'000, 1'000, 1'000};
    block.columns = {{1, Storage::Real, {Value::real(2.5), Value::real(nan), Value::real(-1)}}};
    const Block rolled = rollUp(family("custom"), Tier::Hour, block, {});
    QVERIFY(cell(rolled, 1, Stat::Count, 0) == Value::fixed(3));
    QVERIFY(std::isnan(cell(rolled, 1, Stat::Sum, 0).asReal()));
    QVERIFY(cell(rolled, 1, Stat::Min, 0) == Value::real(-1));
    QVERIFY(cell(rolled, 1, Stat::Max, 0) == Value::real(2.5));
}

void RollupTest::leavesStaleMarkersOut()
{
    Block block;
    block.instances = {1, 1, 2};
    block.timesMs = {kHour, kHour + 1'000, kHour};
    block.intervalsMs = {0, 0, 0};
    block.columns = {{1, Storage::Real, {Value::real(2.5), metrics::staleMarker(), metrics::staleMarker()}}};
    const Block rolled = rollUp(family("custom"), Tier::FiveMinutes, block, {});
    QVERIFY(cell(rolled, 1, Stat::Count, 0) == Value::fixed(1));
    QVERIFY(cell(rolled, 1, Stat::Sum, 0) == Value::real(2.5));
    QVERIFY(cell(rolled, 1, Stat::Last, 0) == Value::real(2.5));
    QCOMPARE(rolled.instances.size(), std::size_t{2});
    QVERIFY(cell(rolled, 1, Stat::Count, 1).isAbsent());
}

void RollupTest::sumsAndCountsAreThoseOfTheSamples()
{
    std::mt19937_64 random(1);
    for (int round = 0; round < 200; ++round) {
        const std::vector<Row> rows = randomRows(random, kHour, kHour + kHourMs);
        for (const Tier tier : kRollupTiers) {
            const Block rolled = rollUpCpu(tier, rows);
            std::int64_t sum = 0;
            std::int64_t count = 0;
            for (std::size_t row = 0; row < rolled.rowCount(); ++row) {
                const Value value = cell(rolled, kGauge, Stat::Sum, row);
                sum += value.isFixed() ? value.scaled() : 0;
                const Value counted = cell(rolled, kGauge, Stat::Count, row);
                count += counted.isFixed() ? counted.scaled() : 0;
            }
            std::int64_t expectedSum = 0;
            std::int64_t expectedCount = 0;
            for (const Row& row : rows) {
                expectedSum += row.gauge.isFixed() ? row.gauge.scaled() : 0;
                expectedCount += row.gauge.isFixed() ? 1 : 0;
            }
            QCOMPARE(sum, expectedSum);
            QCOMPARE(count, expectedCount);
        }
    }
}

void RollupTest::anHourIsTheSumOfItsFiveMinutes()
{
    std::mt19937_64 random(2);
    for (int round = 0; round < 200; ++round) {
        const std::vector<Row> before = randomRows(random, kHour - 600'000, kHour);
        const std::vector<Row> rows = randomRows(random, kHour, kHour + kHourMs);
        const Block fine = rollUpCpu(Tier::FiveMinutes, rows, before);
        const Block coarse = rollUpCpu(Tier::Hour, rows, before);
        for (std::size_t at = 0; at < coarse.rowCount(); ++at) {
            std::int64_t increase = 0;
            std::int64_t joined = 0;
            double most = -1;
            Value last;
            for (std::size_t row = 0; row < fine.rowCount(); ++row) {
                if (fine.instances[row] != coarse.instances[at])
                    continue;
                if (const Value value = cell(fine, kCounter, Stat::Increase, row); value.isFixed())
                    increase += value.scaled();
                if (const Value value = cell(fine, kCounter, Stat::Count, row); value.isFixed())
                    joined += value.scaled();
                if (const Value value = cell(fine, kCounter, Stat::Max, row); value.isReal())
                    most = std::max(most, value.asReal());
                if (const Value value = cell(fine, kCounter, Stat::Last, row); value.isFixed())
                    last = value;
            }
            QVERIFY(cell(coarse, kCounter, Stat::Increase, at) == Value::fixed(increase));
            QVERIFY(cell(coarse, kCounter, Stat::Count, at) == Value::fixed(joined));
            QVERIFY(cell(coarse, kCounter, Stat::Max, at) == Value::real(most));
            QVERIFY(cell(coarse, kCounter, Stat::Last, at) == last);
        }
    }
}

QTEST_APPLESS_MAIN(RollupTest)
#include "rollup_test.moc"

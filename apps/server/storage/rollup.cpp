// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/rollup.h"

#include "metrics/checked.h"
#include "metrics/counter.h"
#include "metrics/stale.h"
#include "server/storage/store.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

using metrics::Block;
using metrics::BlockColumn;
using metrics::Storage;
using metrics::Value;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The rows of one instance that fall into one bucket.
struct BucketRows {
    std::size_t begin = 0;
    std::size_t end = 0;
};

std::vector<BucketRows> bucketsOf(const Block& rows, std::int64_t widthMs)
{
    std::vector<BucketRows> buckets;
    for (std::size_t row = 0; row < rows.rowCount(); ++row) {
        const bool same = !buckets.empty() && rows.instances[row] == rows.instances[row - 1] &&
                          startOf(rows.timesMs[row], widthMs) == startOf(rows.timesMs[row - 1], widthMs);
        if (same)
            ++buckets.back().end;
        else
            buckets.push_back({row, row + 1});
    }
    return buckets;
}

const BlockColumn* findColumn(const Block& block, std::uint32_t number)
{
    const auto found = std::ranges::find(block.columns, number, &BlockColumn::number);
    return found == block.columns.end() ? nullptr : &*found;
}

/// The columns of one column's statistics, a cell per bucket each.
class Stats {
public:
    Stats(std::uint32_t number, std::size_t buckets) : m_number(number), m_buckets(buckets) {}

    void set(Stat stat, std::size_t bucket, Value value)
    {
        BlockColumn& column = m_columns[static_cast<std::size_t>(stat)];
        if (column.cells.empty()) {
            column.number = rollupColumn(m_number, stat);
            column.storage = value.isReal() ? Storage::Real : Storage::Fixed;
            column.cells.resize(m_buckets);
        }
        column.cells[bucket] = value;
    }

    void moveInto(Block& block)
    {
        for (BlockColumn& column : m_columns) {
            if (!column.cells.empty())
                block.columns.push_back(std::move(column));
        }
    }

private:
    std::uint32_t m_number;
    std::size_t m_buckets;
    std::array<BlockColumn, 8> m_columns;
};

void rollUpFixedGauge(const BlockColumn& column, BucketRows bucket, std::size_t at, Stats& stats)
{
    std::int64_t count = 0;
    std::int64_t sum = 0;
    double wideSum = 0;
    bool fits = true;
    std::int64_t min = std::numeric_limits<std::int64_t>::max();
    std::int64_t max = std::numeric_limits<std::int64_t>::min();
    Value last;
    for (std::size_t row = bucket.begin; row < bucket.end; ++row) {
        const Value value = column.cells[row];
        if (!value.isFixed())
            continue;
        ++count;
        fits = fits && !metrics::addOverflows(sum, value.scaled(), sum);
        wideSum += static_cast<double>(value.scaled());
        min = std::min(min, value.scaled());
        max = std::max(max, value.scaled());
        last = value;
    }
    if (count == 0)
        return;
    stats.set(Stat::Count, at, Value::fixed(count));
    if (fits)
        stats.set(Stat::Sum, at, Value::fixed(sum));
    else
        stats.set(Stat::WideSum, at, Value::real(wideSum));
    stats.set(Stat::Min, at, Value::fixed(min));
    stats.set(Stat::Max, at, Value::fixed(max));
    stats.set(Stat::Last, at, last);
}

/// Count, sum, smallest and largest of real numbers, stale markers left out. Another NaN counts and makes the sum one,
/// as in a raw series; it is neither smallest nor largest.
struct RealStats {
    std::int64_t count = 0;
    double sum = 0;
    double min = kInfinity;
    double max = -kInfinity;

    void add(double value)
    {
        ++count;
        sum += value;
        min = std::min(min, value);
        max = std::max(max, value);
    }

    void store(std::size_t at, Stats& stats) const
    {
        stats.set(Stat::Count, at, Value::fixed(count));
        stats.set(Stat::Sum, at, Value::real(sum));
        stats.set(Stat::Min, at, Value::real(min));
        stats.set(Stat::Max, at, Value::real(max));
    }
};

void rollUpRealGauge(const BlockColumn& column, BucketRows bucket, std::size_t at, Stats& stats)
{
    RealStats real;
    Value last;
    for (std::size_t row = bucket.begin; row < bucket.end; ++row) {
        const Value value = column.cells[row];
        if (!value.isReal() || metrics::isStale(value))
            continue;
        real.add(value.asReal());
        last = value;
    }
    if (real.count == 0)
        return;
    real.store(at, stats);
    stats.set(Stat::Last, at, last);
}

/// Follows one counter of one instance from reading to reading.
class CounterSeries {
public:
    CounterSeries(const Block& rows, const BlockColumn& column) : m_rows(rows), m_column(column) {}

    /// Begins a new instance, from the last reading that there is before its first row.
    void start(const Block& before, const BlockColumn* column, std::int64_t instance, std::int64_t firstMs)
    {
        m_before.reset();
        if (!column)
            return;
        const auto [begin, end] = std::equal_range(before.instances.begin(), before.instances.end(), instance);
        for (auto it = begin; it != end; ++it) {
            const auto row = static_cast<std::size_t>(it - before.instances.begin());
            if (before.timesMs[row] < firstMs && column->cells[row].isFixed())
                m_before = {before.timesMs[row], column->cells[row].scaled()};
        }
    }

    void rollUp(BucketRows bucket, std::size_t at, Stats& stats)
    {
        Growth growth;
        Value last;
        for (std::size_t row = bucket.begin; row < bucket.end; ++row) {
            const Value value = m_column.cells[row];
            if (!value.isFixed())
                continue;
            last = value;
            const metrics::CounterReading now{m_rows.timesMs[row], value.scaled()};
            join(now, m_rows.intervalsMs[row], growth);
            m_before = now;
        }
        if (last.isAbsent())
            return;
        stats.set(Stat::Last, at, last);
        if (growth.rates.count == 0)
            return;
        growth.rates.store(at, stats);
        if (growth.increaseFits)
            stats.set(Stat::Increase, at, Value::fixed(growth.increase));
    }

private:
    struct Growth {
        RealStats rates;
        std::int64_t increase = 0;
        bool increaseFits = true; ///< only nonsense from outside grows past 64 bits; then nothing is said of it
    };

    void join(const metrics::CounterReading& now, std::uint32_t intervalMs, Growth& growth) const
    {
        if (!m_before)
            return;
        const metrics::CounterRules rules{.widthBits = 64, .maxGapMs = joinWithinMs(intervalMs)};
        const auto rate = metrics::counterRate(*m_before, now, rules);
        if (!rate)
            return;
        growth.rates.add(*rate);
        const std::int64_t increase = metrics::counterDelta(*m_before, now, rules).increase;
        growth.increaseFits = growth.increaseFits && !metrics::addOverflows(growth.increase, increase, growth.increase);
    }

    const Block& m_rows;
    const BlockColumn& m_column;
    std::optional<metrics::CounterReading> m_before;
};

void rollUpCounter(const Block& rows, const BlockColumn& column, const Block& before,
    const std::vector<BucketRows>& buckets, Stats& stats)
{
    const BlockColumn* columnBefore = findColumn(before, column.number);
    CounterSeries counter(rows, column);
    for (std::size_t at = 0; at < buckets.size(); ++at) {
        const std::size_t first = buckets[at].begin;
        if (at == 0 || rows.instances[first] != rows.instances[first - 1])
            counter.start(before, columnBefore, rows.instances[first], rows.timesMs[first]);
        counter.rollUp(buckets[at], at, stats);
    }
}

void rollUpGauge(const BlockColumn& column, const std::vector<BucketRows>& buckets, Stats& stats)
{
    const auto rollUpBucket = column.storage == Storage::Real ? rollUpRealGauge : rollUpFixedGauge;
    for (std::size_t at = 0; at < buckets.size(); ++at)
        rollUpBucket(column, buckets[at], at, stats);
}

} // namespace

Block rollUp(const metrics::Family& family, Tier tier, const Block& rows, const Block& before)
{
    const std::vector<BucketRows> buckets = bucketsOf(rows, bucketMs(tier));
    Block rolled;
    for (const BucketRows& bucket : buckets) {
        rolled.instances.push_back(rows.instances[bucket.begin]);
        rolled.timesMs.push_back(startOf(rows.timesMs[bucket.begin], bucketMs(tier)));
        rolled.intervalsMs.push_back(rows.intervalsMs[bucket.end - 1]);
    }
    for (const metrics::Column& column : family.columns) { // the order of the catalogue: equal rows, equal blocks
        const BlockColumn* cells = findColumn(rows, column.number);
        if (!cells)
            continue;
        Stats stats(column.number, buckets.size());
        if (column.kind == metrics::Kind::Counter)
            rollUpCounter(rows, *cells, before, buckets, stats);
        else
            rollUpGauge(*cells, buckets, stats);
        stats.moveInto(rolled);
    }
    return rolled;
}

} // namespace sextant::server

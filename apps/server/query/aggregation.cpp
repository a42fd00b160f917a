// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/aggregation.h"

#include "metrics/stale.h"
#include "server/query/rolled_cells.h"
#include "server/storage/rollup.h"

#include <algorithm>
#include <array>
#include <string>

namespace sextant::server {
namespace {

using metrics::Value;

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

} // namespace

std::size_t bucketCount(const SeriesAnswer& answer)
{
    const std::int64_t first = bucketStart(answer.fromMs, answer.stepMs);
    return static_cast<std::size_t>((answer.toMs - first + answer.stepMs - 1) / answer.stepMs);
}

void Bucket::add(double value)
{
    sum += value;
    min = std::min(min, value);
    max = std::max(max, value);
    ++count;
}

double Bucket::read(Aggregate aggregate) const
{
    if (aggregate == Aggregate::Last)
        return last;
    if (count == 0)
        return kNoValue;
    switch (aggregate) {
    case Aggregate::Avg:
        return sum / static_cast<double>(count);
    case Aggregate::Min:
        return min;
    case Aggregate::Max:
        return max;
    case Aggregate::Last:
        break;
    }
    return last;
}

ColumnSeries::ColumnSeries(const metrics::Column& column, std::size_t buckets)
    : m_isCounter(column.kind == metrics::Kind::Counter),
      m_factor(static_cast<double>(metrics::scaleFactor(column))),
      m_buckets(buckets)
{
}

void ColumnSeries::prime(std::int64_t timeMs, Value value)
{
    if (m_isCounter && value.isFixed())
        m_before = {timeMs, value.scaled()};
}

void ColumnSeries::add(std::size_t bucket, std::int64_t timeMs, std::uint32_t intervalMs, Value value)
{
    if (value.isAbsent() || metrics::isStale(value))
        return;
    Bucket& into = m_buckets[bucket];
    if (!m_isCounter) {
        into.last = toNumber(value);
        into.add(into.last);
        return;
    }
    if (!value.isFixed())
        return;
    const metrics::CounterReading now{timeMs, value.scaled()};
    into.last = toNumber(value);
    if (m_before) {
        const metrics::CounterRules rules{.widthBits = 64, .maxGapMs = joinWithinMs(intervalMs)};
        if (const auto rate = metrics::counterRate(*m_before, now, rules))
            into.add(*rate / m_factor);
    }
    m_before = now;
}

void ColumnSeries::add(std::size_t bucket, const RolledCell& cell)
{
    Bucket& into = m_buckets[bucket];
    if (!cell[Stat::Last].isAbsent())
        into.last = toNumber(cell[Stat::Last]);
    if (!cell[Stat::Count].isFixed())
        return;
    // The scale divides, of rates too, which are kept as scaled per second in real cells.
    const auto number = [this](Value value, double otherwise) {
        if (value.isAbsent())
            return otherwise;
        return value.isReal() ? value.asReal() / m_factor : toNumber(value);
    };
    into.count += static_cast<std::uint64_t>(cell[Stat::Count].scaled());
    into.sum += number(cell[Stat::Sum], 0) + number(cell[Stat::WideSum], 0);
    into.min = std::min(into.min, number(cell[Stat::Min], into.min));
    into.max = std::max(into.max, number(cell[Stat::Max], into.max));
}

std::vector<double> ColumnSeries::read(Aggregate aggregate) const
{
    std::vector<double> values;
    values.reserve(m_buckets.size());
    for (const Bucket& bucket : m_buckets)
        values.push_back(bucket.read(aggregate));
    return values;
}

double ColumnSeries::toNumber(Value value) const
{
    return value.isReal() ? value.asReal() : static_cast<double>(value.scaled()) / m_factor;
}

Aggregation::Aggregation(const SeriesAnswer& answer, std::chrono::milliseconds time)
    : m_answer(answer),
      m_firstBucketMs(bucketStart(answer.fromMs, answer.stepMs)),
      m_buckets(bucketCount(answer)),
      m_deadline(std::chrono::steady_clock::now() + time)
{
}

void Aggregation::startStretch(std::int64_t fromMs)
{
    m_stretchFromMs = fromMs;
    m_stretchHadRows = false;
    for (auto& [id, instance] : m_instances) {
        for (ColumnSeries& column : instance.columns)
            column.cut();
    }
}

bool Aggregation::visitSamples(const metrics::Block& samples)
{
    if (!isInTime())
        return false;
    std::vector<const std::vector<Value>*> columns; // null: no sample has it
    for (const std::size_t column : m_answer.columns) {
        const auto found =
            std::ranges::find(samples.columns, m_answer.family->columns[column].number, &metrics::BlockColumn::number);
        columns.push_back(found == samples.columns.end() ? nullptr : &found->cells);
    }
    InstanceSeries* instance = nullptr;
    for (std::size_t row = 0; row < samples.rowCount(); ++row) {
        if (!instance || samples.instances[row] != samples.instances[row - 1])
            instance = find(samples.instances[row]);
        if (!instance)
            return false;
        addSample(*instance, samples, row, columns);
    }
    return true;
}

void Aggregation::addSample(InstanceSeries& instance, const metrics::Block& samples, std::size_t row,
    const std::vector<const std::vector<Value>*>& columns)
{
    const std::int64_t time = samples.timesMs[row];
    const bool before = time < m_stretchFromMs;
    instance.inRange = instance.inRange || !before;
    m_stretchHadRows = m_stretchHadRows || !before;
    const auto bucket = before ? 0 : static_cast<std::size_t>((time - m_firstBucketMs) / m_answer.stepMs);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!columns[i])
            continue;
        if (before)
            instance.columns[i].prime(time, (*columns[i])[row]);
        else
            instance.columns[i].add(bucket, time, samples.intervalsMs[row], (*columns[i])[row]);
    }
}

bool Aggregation::visitRolled(const metrics::Block& rolled)
{
    if (!isInTime())
        return false;
    std::vector<RolledColumn> columns;
    for (const std::size_t column : m_answer.columns)
        columns.emplace_back(rolled, m_answer.family->columns[column].number);
    InstanceSeries* instance = nullptr;
    for (std::size_t row = 0; row < rolled.rowCount(); ++row) {
        if (rolled.timesMs[row] < m_firstBucketMs)
            continue;
        if (!instance || rolled.instances[row] != rolled.instances[row - 1])
            instance = find(rolled.instances[row]);
        if (!instance)
            return false;
        instance->inRange = true;
        m_stretchHadRows = true;
        const auto bucket = static_cast<std::size_t>((rolled.timesMs[row] - m_firstBucketMs) / m_answer.stepMs);
        for (std::size_t i = 0; i < columns.size(); ++i)
            instance->columns[i].add(bucket, columns[i].at(row));
    }
    return true;
}

std::vector<std::uint32_t> Aggregation::rolledColumns() const
{
    std::vector<Stat> stats{Stat::Count};
    for (const Aggregate aggregate : m_answer.aggregates) {
        switch (aggregate) {
        case Aggregate::Avg:
            stats.insert(stats.end(), {Stat::Sum, Stat::WideSum});
            break;
        case Aggregate::Min:
            stats.push_back(Stat::Min);
            break;
        case Aggregate::Max:
            stats.push_back(Stat::Max);
            break;
        case Aggregate::Last:
            stats.push_back(Stat::Last);
            break;
        }
    }
    std::vector<std::uint32_t> numbers;
    for (const std::size_t column : m_answer.columns) {
        for (const Stat stat : stats)
            numbers.push_back(rollupColumn(m_answer.family->columns[column].number, stat));
    }
    return numbers;
}

void Aggregation::finish(const InstanceList& instances, SeriesAnswer& answer) const
{
    for (const Instance& instance : instances) {
        const auto found = m_instances.find(instance.id);
        if (found == m_instances.end() || !found->second.inRange)
            continue;
        SeriesInstance& series = answer.instances.emplace_back();
        series.labels = instance.labels;
        for (const ColumnSeries& column : found->second.columns) {
            auto& values = series.values.emplace_back();
            for (const Aggregate aggregate : answer.aggregates)
                values.push_back(column.read(aggregate));
        }
    }
    std::ranges::sort(answer.instances, {}, &SeriesInstance::labels);
}

Aggregation::InstanceSeries* Aggregation::find(std::int64_t id)
{
    if (const auto found = m_instances.find(id); found != m_instances.end())
        return &found->second;
    const std::size_t points =
        (m_instances.size() + 1) * m_buckets * m_answer.columns.size() * m_answer.aggregates.size();
    if (points > kPointsPerAnswer) {
        m_failure = Error{
            ErrorCode::Invalid, "step: the answer would have more than " + std::to_string(kPointsPerAnswer) +
                                    " values over all instances: take a larger step, fewer columns or a shorter range"};
        return nullptr;
    }
    InstanceSeries& instance = m_instances[id];
    for (const std::size_t column : m_answer.columns)
        instance.columns.emplace_back(m_answer.family->columns[column], m_buckets);
    return &instance;
}

bool Aggregation::isInTime()
{
    if (std::chrono::steady_clock::now() <= m_deadline)
        return true;
    m_failure = Error{ErrorCode::TimedOut, "the query took too long: ask for a shorter range or fewer columns"};
    return false;
}

} // namespace sextant::server

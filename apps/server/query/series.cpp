// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/series.h"

#include "metrics/counter.h"
#include "server/storage/store.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace sextant::server {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kBuckets = 300;
/// 2000-01-01 to 2200-01-01: room enough, and far from overflow.
constexpr std::int64_t kEarliestMs = 0;
constexpr std::int64_t kLatestMs = 7'258'118'400'000;

std::int64_t bucketStart(std::int64_t timeMs, std::int64_t stepMs)
{
    return timeMs - timeMs % stepMs;
}

std::size_t bucketCount(const SeriesAnswer& answer)
{
    const std::int64_t first = bucketStart(answer.fromMs, answer.stepMs);
    return static_cast<std::size_t>((answer.toMs - first + answer.stepMs - 1) / answer.stepMs);
}

Result<std::vector<std::size_t>> resolveColumns(const metrics::Family& family, const std::vector<std::string>& names)
{
    std::vector<std::size_t> columns;
    for (const std::string& name : names) {
        const auto index = metrics::columnIndex(family, name);
        if (!index)
            return fail(
                ErrorCode::Invalid, "columns: family " + std::string(family.name) + " has no column \"" + name + '"');
        if (std::ranges::find(columns, *index) != columns.end())
            return fail(ErrorCode::Invalid, "columns: \"" + name + "\" is asked for twice");
        columns.push_back(*index);
    }
    if (names.empty()) {
        columns.resize(family.columns.size());
        std::iota(columns.begin(), columns.end(), std::size_t{0});
    }
    return columns;
}

Result<void> checkRange(const SeriesQuery& query)
{
    if (query.fromMs < kEarliestMs || query.toMs > kLatestMs)
        return fail(ErrorCode::Invalid, "from: expected Unix times in milliseconds between 1970 and 2200");
    if (query.toMs <= query.fromMs)
        return fail(ErrorCode::Invalid, "to: expected a time after from");
    if (query.stepMs && (*query.stepMs < kSmallestStepMs || *query.stepMs > kLargestStepMs))
        return fail(ErrorCode::Invalid, "step: expected a whole number of milliseconds from " +
                                            std::to_string(kSmallestStepMs) + " to " + std::to_string(kLargestStepMs) +
                                            ", got " + std::to_string(*query.stepMs));
    if (query.aggregates.empty())
        return fail(ErrorCode::Invalid, "agg: expected at least one of avg min max last");
    return {};
}

/// An answer without instances: the question made definite, or what is wrong with it.
Result<SeriesAnswer> resolve(const SeriesQuery& query)
{
    if (auto checked = checkRange(query); !checked)
        return tl::unexpected(checked.error());
    const metrics::Family* family = metrics::findFamily(query.family);
    if (!family)
        return fail(ErrorCode::Invalid, "family: there is no family \"" + query.family + '"');
    auto columns = resolveColumns(*family, query.columns);
    if (!columns)
        return tl::unexpected(columns.error());
    SeriesAnswer answer{query.host, family, query.fromMs, query.toMs,
        query.stepMs.value_or(defaultStep(query.fromMs, query.toMs)), std::move(*columns), query.aggregates, {}};
    if (bucketCount(answer) > kPointsPerSeries)
        return fail(ErrorCode::Invalid, "step: " + std::to_string(answer.stepMs) + " ms gives " +
                                            std::to_string(bucketCount(answer)) + " points, at most " +
                                            std::to_string(kPointsPerSeries) +
                                            " are allowed: take a larger step or a shorter range");
    return answer;
}

/// What has been seen of one bucket of one column.
struct Bucket {
    double sum = 0;
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    double last = kNoValue;
    std::uint32_t count = 0;

    void add(double value)
    {
        sum += value;
        min = std::min(min, value);
        max = std::max(max, value);
        ++count;
    }

    [[nodiscard]] double read(Aggregate aggregate) const
    {
        if (aggregate == Aggregate::Last)
            return last;
        if (count == 0)
            return kNoValue;
        switch (aggregate) {
        case Aggregate::Avg:
            return sum / count;
        case Aggregate::Min:
            return min;
        case Aggregate::Max:
            return max;
        case Aggregate::Last:
            break;
        }
        return last;
    }
};

/// One column of one instance: where the samples go, one after another in order of time.
class ColumnSeries {
public:
    ColumnSeries(const metrics::Column& column, std::size_t buckets)
        : m_isCounter(column.kind == metrics::Kind::Counter),
          m_factor(static_cast<double>(metrics::scaleFactor(column))),
          m_buckets(buckets)
    {
    }

    /// A sample from before the range: only what a counter grows from.
    void prime(std::int64_t timeMs, metrics::Value value)
    {
        if (m_isCounter && value.isFixed())
            m_before = {timeMs, value.scaled()};
    }

    void add(std::size_t bucket, std::int64_t timeMs, std::uint32_t intervalMs, metrics::Value value)
    {
        if (value.isAbsent())
            return;
        Bucket& into = m_buckets[bucket];
        if (!m_isCounter) {
            into.last = value.isReal() ? value.asReal() : static_cast<double>(value.scaled()) / m_factor;
            into.add(into.last);
            return;
        }
        if (!value.isFixed())
            return;
        const metrics::CounterReading now{timeMs, value.scaled()};
        into.last = static_cast<double>(now.value) / m_factor;
        if (m_before) {
            const metrics::CounterRules rules{.widthBits = 64, .maxGapMs = joinWithinMs(intervalMs)};
            if (const auto rate = metrics::counterRate(*m_before, now, rules))
                into.add(*rate / m_factor);
        }
        m_before = now;
    }

    [[nodiscard]] std::vector<double> read(Aggregate aggregate) const
    {
        std::vector<double> values;
        values.reserve(m_buckets.size());
        for (const Bucket& bucket : m_buckets)
            values.push_back(bucket.read(aggregate));
        return values;
    }

private:
    bool m_isCounter;
    double m_factor; ///< divided by, not multiplied with its inverse: 71.32 stays 71.32
    std::optional<metrics::CounterReading> m_before;
    std::vector<Bucket> m_buckets;
};

/// The columns of one instance.
struct InstanceSeries {
    std::vector<ColumnSeries> columns;
    bool inRange = false; ///< a sample in the range, not only before it
};

/// Takes the rows of a scan in order of time and keeps the buckets of every instance that comes up.
class Aggregation {
public:
    Aggregation(const SeriesAnswer& answer, std::chrono::milliseconds time)
        : m_answer(answer),
          m_firstBucketMs(bucketStart(answer.fromMs, answer.stepMs)),
          m_buckets(bucketCount(answer)),
          m_deadline(std::chrono::steady_clock::now() + time)
    {
    }

    /// False: stop, failure() says why.
    bool visit(const ScannedRow& row)
    {
        if (++m_rows % 1'024 == 0 && std::chrono::steady_clock::now() > m_deadline) {
            m_failure = Error{ErrorCode::TimedOut, "the query took too long: ask for a shorter range or fewer columns"};
            return false;
        }
        InstanceSeries* instance = find(row.instance);
        if (!instance)
            return false;
        const bool before = row.timeMs < m_answer.fromMs;
        instance->inRange = instance->inRange || !before;
        const auto bucket = before ? 0 : static_cast<std::size_t>((row.timeMs - m_firstBucketMs) / m_answer.stepMs);
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            if (before)
                instance->columns[i].prime(row.timeMs, row.cells[i]);
            else
                instance->columns[i].add(bucket, row.timeMs, row.intervalMs, row.cells[i]);
        }
        return true;
    }

    [[nodiscard]] const std::optional<Error>& failure() const { return m_failure; }

    /// Moves what was found into the answer, with the labels of each instance.
    void finish(const std::vector<Instance>& instances, SeriesAnswer& answer) const
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

private:
    InstanceSeries* find(std::int64_t id)
    {
        if (const auto found = m_instances.find(id); found != m_instances.end())
            return &found->second;
        const std::size_t points =
            (m_instances.size() + 1) * m_buckets * m_answer.columns.size() * m_answer.aggregates.size();
        if (points > kPointsPerAnswer) {
            m_failure = Error{ErrorCode::Invalid,
                "step: the answer would have more than " + std::to_string(kPointsPerAnswer) +
                    " values over all instances: take a larger step, fewer columns or a shorter range"};
            return nullptr;
        }
        InstanceSeries& instance = m_instances[id];
        for (const std::size_t column : m_answer.columns)
            instance.columns.emplace_back(m_answer.family->columns[column], m_buckets);
        return &instance;
    }

    const SeriesAnswer& m_answer;
    std::int64_t m_firstBucketMs;
    std::size_t m_buckets;
    std::chrono::steady_clock::time_point m_deadline;
    std::size_t m_rows = 0;
    std::unordered_map<std::int64_t, InstanceSeries> m_instances;
    std::optional<Error> m_failure;
};

} // namespace

std::string_view aggregateName(Aggregate aggregate)
{
    switch (aggregate) {
    case Aggregate::Avg:
        return "avg";
    case Aggregate::Min:
        return "min";
    case Aggregate::Max:
        return "max";
    case Aggregate::Last:
        return "last";
    }
    return "";
}

std::optional<Aggregate> parseAggregate(std::string_view name)
{
    for (const Aggregate aggregate : {Aggregate::Avg, Aggregate::Min, Aggregate::Max, Aggregate::Last}) {
        if (aggregateName(aggregate) == name)
            return aggregate;
    }
    return std::nullopt;
}

std::int64_t defaultStep(std::int64_t fromMs, std::int64_t toMs)
{
    constexpr std::array<std::int64_t, 17> kRoundSeconds{
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1'800, 3'600, 7'200, 21'600, 43'200, 86'400};
    for (const std::int64_t seconds : kRoundSeconds) {
        const std::int64_t step = seconds * 1'000;
        // Where the range does not begin on a multiple of the step it touches one bucket more.
        if ((toMs - bucketStart(fromMs, step) + step - 1) / step <= kBuckets)
            return step;
    }
    return kLargestStepMs;
}

Result<SeriesAnswer> readSeries(const Store& store, const SeriesQuery& query, std::chrono::milliseconds time)
{
    auto answer = resolve(query);
    if (!answer)
        return answer;
    const bool counters = std::ranges::any_of(answer->columns,
        [&](std::size_t column) { return answer->family->columns[column].kind == metrics::Kind::Counter; });
    Aggregation aggregation(*answer, time);
    const SeriesScan what{query.host, answer->family, answer->columns, answer->fromMs, answer->toMs, counters};
    auto scanned = store.scan(what, [&aggregation](const ScannedRow& row) { return aggregation.visit(row); });
    if (!scanned)
        return tl::unexpected(scanned.error());
    if (aggregation.failure())
        return tl::unexpected(*aggregation.failure());
    // After the rows: an instance that came up in them is in the table by now.
    const auto instances = store.instances(query.host, *answer->family);
    if (!instances)
        return tl::unexpected(instances.error());
    aggregation.finish(*instances, *answer);
    return answer;
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "store_model.h"

#include "server/storage/rollup.h"
#include "server/storage/scan_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

namespace sextant::testing {
namespace {

using metrics::Column;
using metrics::Value;
using server::Aggregate;
using server::Stat;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// What there is to say of one column of one instance in a stretch of time. In scaled units.
struct Bucket {
    std::vector<double> values; ///< samples of a gauge, rates of a counter
    std::int64_t sum = 0;       ///< of a fixed gauge; the increase of a counter
    std::size_t samples = 0;    ///< of counters too
    Value last;

    double read(Aggregate aggregate, double factor) const
    {
        if (aggregate == Aggregate::Last)
            return last.isAbsent() ? kNan : last.isReal() ? last.asReal() : static_cast<double>(last.scaled()) / factor;
        if (values.empty())
            return kNan;
        if (aggregate == Aggregate::Min)
            return *std::ranges::min_element(values) / factor;
        if (aggregate == Aggregate::Max)
            return *std::ranges::max_element(values) / factor;
        return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()) / factor;
    }

    double largest() const
    {
        double most = 0;
        for (const double value : values)
            most = std::max(most, std::abs(value));
        return most;
    }
};

double factorOf(const Column& column)
{
    return static_cast<double>(metrics::scaleFactor(column));
}

/// Walks one column of one instance: `bucketOf(time)` gives where a sample counts, or null.
template <typename BucketOf>
void walk(const StoreModel::Samples& samples, const Column& column, std::size_t index, BucketOf bucketOf)
{
    std::optional<std::pair<std::int64_t, std::int64_t>> before;
    for (const auto& [time, sample] : samples) {
        const Value value = sample.cells[index];
        if (value.isAbsent())
            continue;
        Bucket* bucket = bucketOf(time);
        if (bucket) {
            bucket->last = value;
            ++bucket->samples;
        }
        if (column.kind != metrics::Kind::Counter) {
            if (bucket) {
                bucket->values.push_back(value.isReal() ? value.asReal() : static_cast<double>(value.scaled()));
                bucket->sum += value.isReal() ? 0 : value.scaled();
            }
            continue;
        }
        const std::int64_t within = std::max<std::int64_t>(300'000, 3 * std::int64_t{sample.intervalMs});
        if (bucket && before && time - before->first <= within) {
            const std::int64_t grown =
                value.scaled() >= before->second ? value.scaled() - before->second : value.scaled();
            bucket->values.push_back(static_cast<double>(grown) * 1000.0 / static_cast<double>(time - before->first));
            bucket->sum += grown;
        }
        before = {time, value.scaled()};
    }
}

bool sameExactly(double a, double b)
{
    return (std::isnan(a) && std::isnan(b)) || a == b;
}

bool nearly(double is, double want, double largest)
{
    return sameExactly(is, want) || std::abs(is - want) <= 1e-9 * largest;
}

std::string joined(const StoreModel::Labels& labels)
{
    return labels.empty() ? std::string("the only instance") : "instance " + labels.front();
}

std::map<std::int64_t, StoreModel::Labels> labelsById(
    const server::Store& store, server::HostId host, const metrics::Family& family)
{
    std::map<std::int64_t, StoreModel::Labels> labels;
    if (const auto instances = store.instances(host, family)) {
        for (const server::Instance& instance : *instances)
            labels[instance.id] = instance.labels;
    }
    return labels;
}

/// One column of one bucket as a tier has it, against what it should be.
std::string cellDifference(const metrics::Block& block, std::size_t row, const Column& column, const Bucket& want)
{
    const auto cell = [&](Stat stat) {
        const auto found =
            std::ranges::find(block.columns, server::rollupColumn(column.number, stat), &metrics::BlockColumn::number);
        return found == block.columns.end() ? Value() : found->cells[row];
    };
    const auto number = [](Value value) {
        return value.isAbsent() ? kNan : value.isReal() ? value.asReal() : static_cast<double>(value.scaled());
    };
    const Value count = cell(Stat::Count);
    const bool isCounter = column.kind == metrics::Kind::Counter;
    if ((count.isFixed() ? count.scaled() : 0) != static_cast<std::int64_t>(want.values.size()))
        return "count is " + std::to_string(number(count)) + " and not " + std::to_string(want.values.size());
    if (!(cell(Stat::Last) == want.last))
        return "last is " + std::to_string(number(cell(Stat::Last))) + " and not " + std::to_string(number(want.last));
    if (want.values.empty())
        return {};
    const Value exact = cell(isCounter ? Stat::Increase : Stat::Sum);
    if ((isCounter || column.storage == metrics::Storage::Fixed) && (!exact.isFixed() || exact.scaled() != want.sum))
        return "the sum is " + std::to_string(number(exact)) + " and not " + std::to_string(want.sum);
    const double sum = std::accumulate(want.values.begin(), want.values.end(), 0.0);
    if (!nearly(number(cell(Stat::Sum)), sum, want.largest() * static_cast<double>(want.values.size())))
        return "the sum of values is " + std::to_string(number(cell(Stat::Sum))) + " and not " + std::to_string(sum);
    if (!sameExactly(number(cell(Stat::Min)), want.read(Aggregate::Min, 1)))
        return "min is " + std::to_string(number(cell(Stat::Min)));
    if (!sameExactly(number(cell(Stat::Max)), want.read(Aggregate::Max, 1)))
        return "max is " + std::to_string(number(cell(Stat::Max)));
    return {};
}

} // namespace

std::size_t StoreModel::add(server::HostId host, const metrics::Frame& frame)
{
    std::size_t added = 0;
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        Samples& samples =
            m_families[{host.value, &frame.family()}][{frame.labels(row).begin(), frame.labels(row).end()}];
        const auto cells = frame.cells(row);
        added += samples.emplace(frame.timeMs(), Sample{frame.intervalMs(), {cells.begin(), cells.end()}}).second;
    }
    return added;
}

const StoreModel::Family& StoreModel::family(server::HostId host, const metrics::Family& family) const
{
    static const Family kNothing;
    const auto found = m_families.find({host.value, &family});
    return found == m_families.end() ? kNothing : found->second;
}

std::string StoreModel::difference(const server::SeriesAnswer& answer) const
{
    std::size_t instances = 0;
    const std::int64_t first = answer.fromMs / answer.stepMs;
    for (const auto& [labels, samples] : family(answer.host, *answer.family)) {
        const auto in = samples.lower_bound(answer.fromMs);
        if (in == samples.end() || in->first >= answer.toMs)
            continue;
        ++instances;
        const auto found = std::ranges::find(answer.instances, labels, &server::SeriesInstance::labels);
        if (found == answer.instances.end())
            return joined(labels) + " is missing";
        for (std::size_t c = 0; c < answer.columns.size(); ++c) {
            const Column& column = answer.family->columns[answer.columns[c]];
            std::vector<Bucket> buckets(static_cast<std::size_t>((answer.toMs - 1) / answer.stepMs - first + 1));
            walk(samples, column, answer.columns[c], [&](std::int64_t time) {
                const bool inRange = time >= answer.fromMs && time < answer.toMs;
                return inRange ? &buckets[static_cast<std::size_t>(time / answer.stepMs - first)] : nullptr;
            });
            for (std::size_t a = 0; a < answer.aggregates.size(); ++a) {
                for (std::size_t b = 0; b < buckets.size(); ++b) {
                    const double is = found->values[c][a][b];
                    const double want = buckets[b].read(answer.aggregates[a], factorOf(column));
                    const bool same = answer.aggregates[a] == Aggregate::Avg
                                          ? nearly(is, want, buckets[b].largest() / factorOf(column))
                                          : sameExactly(is, want);
                    if (!same)
                        return std::string(column.name) + " " + std::string(aggregateName(answer.aggregates[a])) +
                               " of " + joined(labels) + " in bucket " + std::to_string(b) + " is " +
                               std::to_string(is) + ", the model says " + std::to_string(want);
                }
            }
        }
    }
    return instances == answer.instances.size() ? std::string() : "more instances than the model has";
}

std::string StoreModel::rawDifference(const server::Store& store, server::HostId host, const metrics::Family& of,
    std::int64_t fromMs, std::int64_t toMs) const
{
    std::vector<std::size_t> columns(of.columns.size());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    std::size_t expected = 0;
    for (const auto& [labels, samples] : family(host, of))
        expected += static_cast<std::size_t>(std::distance(samples.lower_bound(fromMs), samples.lower_bound(toMs)));
    const auto names = labelsById(store, host, of);
    std::set<std::pair<std::int64_t, std::int64_t>> seen;
    std::string fault;
    const auto done =
        server::scanRows(store, {host, &of, columns, fromMs, toMs, false}, [&](const server::ScannedRow& row) {
            const std::string where = "row of " + std::to_string(row.instance) + " at " + std::to_string(row.timeMs);
            if (!seen.emplace(row.instance, row.timeMs).second) {
                fault = where + " comes twice";
                return false;
            }
            const auto series = family(host, of).find(names.at(row.instance));
            const auto sample = series->second.find(row.timeMs);
            if (sample == series->second.end() || sample->second.intervalMs != row.intervalMs ||
                !std::ranges::equal(sample->second.cells, row.cells))
                fault = where + " is not what was stored";
            return fault.empty();
        });
    if (!done)
        return done.error().message;
    if (fault.empty() && seen.size() != expected)
        return std::to_string(seen.size()) + " raw rows and not " + std::to_string(expected);
    return fault;
}

std::string StoreModel::tierDifference(const server::Store& store, server::HostId host, const metrics::Family& of,
    server::Tier tier, std::int64_t fromMs, std::int64_t toMs) const
{
    const std::int64_t width = server::bucketMs(tier);
    std::vector<std::uint32_t> numbers;
    for (const Column& column : of.columns) {
        for (std::uint8_t stat = 0; stat < 7; ++stat)
            numbers.push_back(server::rollupColumn(column.number, static_cast<Stat>(stat)));
    }
    std::map<std::pair<Labels, std::int64_t>, std::vector<Bucket>> want; // a bucket per column
    for (const auto& [labels, samples] : family(host, of)) {
        for (auto it = samples.lower_bound(fromMs); it != samples.lower_bound(toMs); ++it)
            want[{labels, server::startOf(it->first, width)}].resize(of.columns.size());
        for (std::size_t c = 0; c < of.columns.size(); ++c) {
            walk(samples, of.columns[c], c, [&](std::int64_t time) {
                const auto found = want.find({labels, server::startOf(time, width)});
                return found == want.end() ? nullptr : &found->second[c];
            });
        }
    }
    const auto names = labelsById(store, host, of);
    std::string fault;
    const auto done = store.scanTier({host, &of, tier, numbers, fromMs, toMs}, [&](const metrics::Block& block) {
        for (std::size_t row = 0; row < block.rowCount() && fault.empty(); ++row) {
            const Labels& labels = names.at(block.instances[row]);
            const std::string where = "bucket of " + joined(labels) + " at " + std::to_string(block.timesMs[row]);
            const auto found = want.extract({labels, block.timesMs[row]});
            if (found.empty())
                fault = where + " is there twice, or without a sample";
            for (std::size_t c = 0; c < of.columns.size() && fault.empty(); ++c) {
                const std::string wrong = cellDifference(block, row, of.columns[c], found.mapped()[c]);
                if (!wrong.empty())
                    fault = where + ", " + std::string(of.columns[c].name) + ": " + wrong;
            }
        }
        return fault.empty();
    });
    if (!done)
        return done.error().message;
    if (fault.empty() && !want.empty())
        return std::to_string(want.size()) + " buckets are missing, the first at " +
               std::to_string(want.begin()->first.second);
    return fault;
}

} // namespace sextant::testing

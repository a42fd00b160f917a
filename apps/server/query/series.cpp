// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/series.h"

#include "server/query/aggregation.h"
#include "server/query/tier_choice.h"
#include "server/storage/store.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace sextant::server {
namespace {

constexpr std::int64_t kBuckets = 300;
/// 2000-01-01 to 2200-01-01: room enough, and far from overflow.
constexpr std::int64_t kEarliestMs = 0;
constexpr std::int64_t kLatestMs = 7'258'118'400'000;

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
        query.stepMs.value_or(defaultStep(query.fromMs, query.toMs)), std::move(*columns), query.aggregates, {}, {}};
    if (bucketCount(answer) > kPointsPerSeries)
        return fail(ErrorCode::Invalid, "step: " + std::to_string(answer.stepMs) + " ms gives " +
                                            std::to_string(bucketCount(answer)) + " points, at most " +
                                            std::to_string(kPointsPerSeries) +
                                            " are allowed: take a larger step or a shorter range");
    return answer;
}

Result<void> readStretch(
    const Store& store, const SeriesAnswer& answer, const Stretch& stretch, bool counters, Aggregation& aggregation)
{
    aggregation.startStretch(stretch.fromMs);
    Result<void> done;
    if (stretch.tier == Tier::Raw) {
        done = store.scan({answer.host, answer.family, answer.columns, stretch.fromMs, stretch.toMs, counters},
            [&aggregation](const metrics::Block& samples) { return aggregation.visitSamples(samples); });
    } else {
        const std::vector<std::uint32_t> columns = aggregation.rolledColumns();
        done = store.scanTier({answer.host, answer.family, stretch.tier, columns, stretch.fromMs, stretch.toMs},
            [&aggregation](const metrics::Block& rolled) { return aggregation.visitRolled(rolled); });
    }
    if (done && aggregation.failure())
        return tl::unexpected(*aggregation.failure());
    return done;
}

/// Reads the range, each stretch in the form that suits it, and notes the forms that gave something.
Result<void> readStretches(const Store& store, SeriesAnswer& answer, Aggregation& aggregation)
{
    const bool counters = std::ranges::any_of(answer.columns,
        [&](std::size_t column) { return answer.family->columns[column].kind == metrics::Kind::Counter; });
    const auto coverage = store.coverage(answer.host, *answer.family, answer.fromMs - kCoverageBeforeMs, answer.toMs);
    if (!coverage)
        return tl::unexpected(coverage.error());
    if (answer.fromMs < coverage->keptFromMs)
        answer.keptFromMs = coverage->keptFromMs;
    for (const Stretch& stretch : chooseTiers(*coverage, {answer.fromMs, answer.toMs, answer.stepMs, counters})) {
        if (auto read = readStretch(store, answer, stretch, counters, aggregation); !read)
            return read;
        if (aggregation.stretchHadRows() && std::ranges::find(answer.tiers, stretch.tier) == answer.tiers.end())
            answer.tiers.push_back(stretch.tier);
    }
    std::ranges::sort(answer.tiers);
    return {};
}

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

std::int64_t roundStep(std::int64_t fromMs, std::int64_t toMs, std::int64_t buckets)
{
    constexpr std::array<std::int64_t, 17> kRoundSeconds{
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1'800, 3'600, 7'200, 21'600, 43'200, 86'400};
    for (const std::int64_t seconds : kRoundSeconds) {
        const std::int64_t step = seconds * 1'000;
        // Where the range does not begin on a multiple of the step it touches one bucket more.
        if ((toMs - bucketStart(fromMs, step) + step - 1) / step <= buckets)
            return step;
    }
    return kLargestStepMs;
}

std::int64_t defaultStep(std::int64_t fromMs, std::int64_t toMs)
{
    return roundStep(fromMs, toMs, kBuckets);
}

Result<SeriesAnswer> readSeries(const Store& store, const SeriesQuery& query, std::chrono::milliseconds time)
{
    auto answer = resolve(query);
    if (!answer)
        return answer;
    Aggregation aggregation(*answer, time);
    // At once: what is sealed, rolled up or removed between two stretches would be read twice or not at all.
    if (auto read = store.atOnce([&] { return readStretches(store, *answer, aggregation); }); !read)
        return tl::unexpected(read.error());
    // After the rows: an instance that came up in them is in the table by now.
    const auto instances = store.instances(query.host, *answer->family);
    if (!instances)
        return tl::unexpected(instances.error());
    aggregation.finish(*instances, *answer);
    return answer;
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/selection.h"

#include <algorithm>
#include <utility>

namespace sextant::promql {
namespace {

struct Selected {
    std::vector<Series> series;
    HeldSamples held;
};

/// Asks the source for all that lies between the first step's time less `windowMs` and the last step's time.
Result<Selected> select(const Evaluation& evaluation, const Selector& selector, const Reference& reference,
    const Steps& steps, std::int64_t windowMs, std::string_view function)
{
    const SelectHints hints{
        .fromMs = earlier(reference.timeMs(steps.startMs), windowMs),
        .toMs = reference.timeMs(steps.lastMs()),
        .stepMs = steps.count > 1 ? steps.everyMs : 0,
        .rangeMs = selector.rangeMs,
        .function = function,
    };
    auto series = evaluation.source.select(selector.matchers, hints, evaluation.budget);
    if (!series)
        return tl::unexpected(series.error());
    std::size_t samples = 0;
    for (const Series& one : *series)
        samples += one.timesMs.size();
    auto held = HeldSamples::adopt(evaluation.budget, samples);
    if (auto few = evaluation.budget.checkSeries(series->size()); !few)
        return tl::unexpected(few.error());
    // The order in which values are added up, and who wins among equals, is then the same whatever the source.
    if (!std::ranges::is_sorted(*series, {}, &Series::labels))
        std::ranges::sort(*series, {}, &Series::labels);
    return Selected{std::move(*series), std::move(held)};
}

enum class Wanted { Values, Times };

void fillRow(std::vector<double>& row, const Series& series, const Reference& reference, const Steps& steps,
    std::int64_t lookbackMs, Wanted wanted)
{
    std::size_t after = 0; // the first sample behind the step's time
    for (std::size_t step = 0; step < steps.count; ++step) {
        const std::int64_t time = reference.timeMs(steps.timeMs(step));
        while (after < series.timesMs.size() && series.timesMs[after] <= time)
            ++after;
        if (after == 0 || series.timesMs[after - 1] < earlier(time, lookbackMs) || isStale(series.values[after - 1]))
            continue;
        row[step] =
            wanted == Wanted::Values ? series.values[after - 1] : static_cast<double>(series.timesMs[after - 1]) / 1000;
    }
}

Result<Table> instant(const Evaluation& evaluation, const Selector& selector, const Reference& reference,
    const Steps& steps, std::string_view function, Wanted wanted)
{
    const std::int64_t lookback = evaluation.times.lookbackMs;
    auto selected = select(evaluation, selector, reference, steps, lookback, function);
    if (!selected)
        return tl::unexpected(selected.error());
    auto held = HeldSamples::take(evaluation.budget, selected->series.size(), steps.count);
    if (!held)
        return tl::unexpected(held.error());
    Table table{{}, false, std::move(*held)};
    table.rows.reserve(selected->series.size());
    for (Series& series : selected->series) {
        if (auto more = evaluation.budget.check(); !more)
            return tl::unexpected(more.error());
        Row& row = addRow(table, std::move(series.labels), steps);
        fillRow(row.values, series, reference, steps, lookback, wanted);
    }
    dropEmptyRows(table);
    return table;
}

void dropStaleMarkers(Series& series)
{
    if (std::ranges::none_of(series.values, isStale))
        return;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < series.values.size(); ++at) {
        if (isStale(series.values[at]))
            continue;
        series.timesMs[kept] = series.timesMs[at];
        series.values[kept] = series.values[at];
        if (!series.weights.empty())
            series.weights[kept] = series.weights[at];
        ++kept;
    }
    series.timesMs.resize(kept);
    series.values.resize(kept);
    if (!series.weights.empty())
        series.weights.resize(kept);
}

} // namespace

Reference referenceOf(std::int64_t offsetMs, const std::optional<AtModifier>& at, const QueryTimes& times)
{
    if (!at)
        return {offsetMs, {}};
    switch (at->kind) {
    case AtModifier::Kind::Start:
        return {offsetMs, times.startMs};
    case AtModifier::Kind::End:
        return {offsetMs, times.endMs};
    case AtModifier::Kind::Time:
        break;
    }
    return {offsetMs, at->timeMs};
}

Result<Table> selectInstant(
    const Evaluation& evaluation, const Selector& selector, const Steps& steps, std::string_view function)
{
    const Reference reference = referenceOf(selector.offsetMs, selector.at, evaluation.times);
    return instant(evaluation, selector, reference, steps, function, Wanted::Values);
}

Result<Table> selectTimestamps(const Evaluation& evaluation, const Selector& selector, const Steps& steps)
{
    const Reference reference = referenceOf(selector.offsetMs, selector.at, evaluation.times);
    return instant(evaluation, selector, reference, steps, "timestamp", Wanted::Times);
}

Result<RangeVector> selectRange(
    const Evaluation& evaluation, const Selector& selector, const Steps& steps, std::string_view function)
{
    const Reference reference = referenceOf(selector.offsetMs, selector.at, evaluation.times);
    auto selected = select(evaluation, selector, reference, steps, selector.rangeMs, function);
    if (!selected)
        return tl::unexpected(selected.error());
    std::ranges::for_each(selected->series, dropStaleMarkers);
    return RangeVector{std::move(selected->series), std::move(selected->held), reference, selector.rangeMs};
}

std::vector<Series> asSeries(Table table, const Steps& steps)
{
    std::vector<Series> all;
    all.reserve(table.rows.size());
    for (Row& row : table.rows) {
        Series series{std::move(row.labels), {}, {}};
        const auto points = static_cast<std::size_t>(std::ranges::count_if(row.values, isPresent));
        series.timesMs.reserve(points);
        series.values.reserve(points);
        for (std::size_t step = 0; step < steps.count; ++step) {
            if (!isPresent(row.values[step]))
                continue;
            series.timesMs.push_back(steps.timeMs(step));
            series.values.push_back(row.values[step]);
        }
        all.push_back(std::move(series));
    }
    return all;
}

} // namespace sextant::promql

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"
#include "promql/eval/table.h"
#include "promql/evaluator.h"

#include <string_view>
#include <vector>

namespace sextant::promql {

/// What all nodes of one evaluation share.
struct Evaluation {
    const QueryTimes& times;
    const SeriesSource& source;
    Budget& budget;
};

/// Series over which a range slides: those of a selector, or what a subquery gave. Without stale markers.
struct RangeVector {
    std::vector<Series> series;
    HeldSamples held;
    Reference reference;
    std::int64_t rangeMs = 0;
};

/// What a selector or a subquery refers to: its offset, and `@` where it has one.
[[nodiscard]] Reference referenceOf(
    std::int64_t offsetMs, const std::optional<AtModifier>& at, const QueryTimes& times);

/// An instant vector selector: at each step the last sample of the look-back, if it is no stale marker.
[[nodiscard]] Result<Table> selectInstant(
    const Evaluation& evaluation, const Selector& selector, const Steps& steps, std::string_view function);

/// The same with the samples' times, in seconds.
[[nodiscard]] Result<Table> selectTimestamps(
    const Evaluation& evaluation, const Selector& selector, const Steps& steps);

/// A range vector selector: all samples that any of the steps looks at.
[[nodiscard]] Result<RangeVector> selectRange(
    const Evaluation& evaluation, const Selector& selector, const Steps& steps, std::string_view function);

/// The points of a subquery's table as series.
[[nodiscard]] std::vector<Series> asSeries(Table table, const Steps& steps);

} // namespace sextant::promql

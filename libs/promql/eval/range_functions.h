// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/eval/selection.h"

#include <span>
#include <string_view>

namespace sextant::promql {

/// Slides a function's range over each series, all steps in one go. `scalars` are the function's other arguments, in
/// their order. Errors: Invalid (an argument that the function does not take; labels that are the same once the metric
/// names are gone), those of the budget.
[[nodiscard]] Result<Table> slide(std::string_view function, const RangeVector& range, std::span<const Table> scalars,
    const Steps& steps, Budget& budget);

/// absent_over_time: a row of ones where no series has a sample in the range.
[[nodiscard]] Result<Table> absentOverTime(
    const RangeVector& range, const Labels& labels, const Steps& steps, Budget& budget);

} // namespace sextant::promql

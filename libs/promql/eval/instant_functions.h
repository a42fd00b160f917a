// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"
#include "promql/eval/table.h"

#include <span>
#include <string>
#include <string_view>

namespace sextant::promql {

/// A call of a function that takes no range.
struct InstantCall {
    const Call& call;
    std::span<Table> arguments; ///< evaluated, in their order; empty tables for strings
    const Steps& steps;
    Budget& budget;

    /// The i-th argument, a scalar, at each step.
    [[nodiscard]] std::span<const double> scalar(std::size_t i) const { return arguments[i].rows.front().values; }
    /// The i-th argument, a string.
    [[nodiscard]] const std::string& text(std::size_t i) const;
};

/// Takes the arguments' tables. Errors: Invalid (an argument that the function does not take; two series that get the
/// same labels), those of the budget.
[[nodiscard]] Result<Table> callInstant(const InstantCall& call);

/// The functions that have files of their own.
[[nodiscard]] Result<Table> histogramQuantile(const InstantCall& call);
[[nodiscard]] Result<Table> labelReplace(const InstantCall& call);
[[nodiscard]] Result<Table> labelJoin(const InstantCall& call);

/// `hour`, `day_of_week`…: from seconds since 1970. Null when there is none of that name.
using DatePart = double (*)(std::int64_t unixS);
[[nodiscard]] DatePart findDatePart(std::string_view name);

/// What `absent` and `absent_over_time` give their series: the labels that the selector's matchers fix.
[[nodiscard]] Labels labelsOfAbsent(const Expr& argument);

/// The expression without the parentheses around it.
[[nodiscard]] const Expr& unwrapped(const Expr& expr);

} // namespace sextant::promql

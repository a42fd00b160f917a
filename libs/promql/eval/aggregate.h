// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"
#include "promql/eval/label_sets.h"
#include "promql/eval/table.h"

#include <span>
#include <string>
#include <vector>

namespace sextant::promql {

/// The rows of a vector by the group that they are aggregated into, groups in the order in which they come.
struct Grouped {
    std::vector<Labels> labels;
    std::vector<std::size_t> groupOf;               ///< of each row
    std::vector<std::vector<const Row*>> members{}; ///< of each group
};
[[nodiscard]] LabelChoice groupChoice(const Aggregate& aggregate);
[[nodiscard]] Grouped grouped(const Aggregate& aggregate, const Table& input);

/// What an aggregation makes of an evaluated vector. `parameter`: k or φ at each step; empty for those without. Errors:
/// Invalid (a k that is no whole number of 64 bits, a label name that cannot be one), those of the budget.
[[nodiscard]] Result<Table> aggregated(
    const Aggregate& aggregate, Table input, std::span<const double> parameter, const Steps& steps, Budget& budget);

/// Those of them that have files of their own.
[[nodiscard]] Result<Table> aggregatedTop(
    const Aggregate& aggregate, Table input, std::span<const double> k, const Steps& steps, Budget& budget);
[[nodiscard]] Result<Table> countedValues(
    const Aggregate& aggregate, const std::string& label, const Table& input, const Steps& steps, Budget& budget);

} // namespace sextant::promql

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"
#include "promql/eval/label_sets.h"
#include "promql/eval/table.h"

#include <cstddef>
#include <vector>

namespace sextant::promql {

/// The labels by which the series of two vectors find each other. The metric name counts only where `on` names it.
[[nodiscard]] LabelChoice matchChoice(const VectorMatching& matching);

/// The number of each row's match group.
[[nodiscard]] std::vector<std::size_t> groupsOf(const Table& table, LabelSetIndex& index);

} // namespace sextant::promql

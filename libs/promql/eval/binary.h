// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"
#include "promql/eval/table.h"

namespace sextant::promql {

/// A binary operation of two evaluated operands, at all steps. Errors: Invalid (series that do not find each other one
/// to one, with Prometheus' texts), those of the budget.
[[nodiscard]] Result<Table> combine(
    const Binary& operation, Table left, Table right, const Steps& steps, Budget& budget);

/// The two halves of it where both operands are vectors.
[[nodiscard]] Result<Table> combineSets(
    const Binary& operation, Table left, Table right, const Steps& steps, Budget& budget);
[[nodiscard]] Result<Table> combineVectors(
    const Binary& operation, Table left, Table right, const Steps& steps, Budget& budget);

} // namespace sextant::promql

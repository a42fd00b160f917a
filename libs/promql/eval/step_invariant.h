// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"

#include <unordered_set>

namespace sextant::promql {

/// The nodes of a tree whose value is the same at every step, for what they read is fixed by `@`.
[[nodiscard]] std::unordered_set<const Expr*> stepInvariantNodes(const Expr& query);

} // namespace sextant::promql

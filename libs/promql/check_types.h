// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/ast.h"

#include <string_view>

namespace sextant::promql {

/// Checks that every operand has a type that its operator takes, that calls have their arguments and selectors at
/// least one matcher that does not match everything; returns the type of the whole. Settles each Binary's matching:
/// none where an operand is a scalar, many-to-many for set operators. `query` is the text that the tree was read from.
[[nodiscard]] Result<ValueType> checkTypes(Expr& expr, std::string_view query);

} // namespace sextant::promql

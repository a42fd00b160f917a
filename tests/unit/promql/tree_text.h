// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"

#include <string>

namespace sextant::promql {

/// A tree with everything in it but the places, each node in brackets of its own: `(+ a (* b 2))`. Two trees are equal
/// when their texts are.
[[nodiscard]] std::string treeText(const Expr& expr);

} // namespace sextant::promql

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/ast.h"
#include "promql/eval/table.h"

#include <cmath>

namespace sextant::promql {

[[nodiscard]] inline bool isComparison(BinaryOp op)
{
    return op >= BinaryOp::Equal && op <= BinaryOp::LessOrEqual;
}
[[nodiscard]] inline bool isSetOperator(BinaryOp op)
{
    return op >= BinaryOp::And;
}
/// Prometheus 2.42 leaves the name where atan2 is.
[[nodiscard]] inline bool dropsMetricName(BinaryOp op)
{
    return op <= BinaryOp::Power;
}

/// Calls `use` with a function of two numbers for an arithmetic operator, so that `use` has one loop per operator and
/// no choice within.
template <typename Use>
auto withArithmetic(BinaryOp op, Use use)
{
    switch (op) {
    case BinaryOp::Subtract:
        return use([](double a, double b) { return a - b; });
    case BinaryOp::Multiply:
        return use([](double a, double b) { return a * b; });
    case BinaryOp::Divide:
        return use([](double a, double b) { return a / b; });
    case BinaryOp::Modulo:
        return use([](double a, double b) { return std::fmod(a, b); });
    case BinaryOp::Power:
        return use([](double a, double b) { return std::pow(a, b); });
    case BinaryOp::Atan2:
        return use([](double a, double b) { return std::atan2(a, b); });
    default:
        return use([](double a, double b) { return a + b; });
    }
}

/// The same for a comparison.
template <typename Use>
auto withComparison(BinaryOp op, Use use)
{
    switch (op) {
    case BinaryOp::NotEqual:
        return use([](double a, double b) { return a != b; });
    case BinaryOp::Greater:
        return use([](double a, double b) { return a > b; });
    case BinaryOp::Less:
        return use([](double a, double b) { return a < b; });
    case BinaryOp::GreaterOrEqual:
        return use([](double a, double b) { return a >= b; });
    case BinaryOp::LessOrEqual:
        return use([](double a, double b) { return a <= b; });
    default:
        return use([](double a, double b) { return a == b; });
    }
}

/// Calls `use` with a function of two numbers: an operator's result, 1 or 0 with `bool`; a comparison without it gives
/// `kept` of the two where it holds, else kAbsent.
enum class Kept { Left, Right };
template <typename Use>
auto withOperator(BinaryOp op, bool returnBool, Kept kept, Use use)
{
    if (!isComparison(op))
        return withArithmetic(op, use);
    return withComparison(op, [&](auto holds) {
        if (returnBool)
            return use([holds](double a, double b) { return holds(a, b) ? 1.0 : 0.0; });
        if (kept == Kept::Left)
            return use([holds](double a, double b) { return holds(a, b) ? a : kAbsent; });
        return use([holds](double a, double b) { return holds(a, b) ? b : kAbsent; });
    });
}

} // namespace sextant::promql

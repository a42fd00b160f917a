// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/binary.h"

#include "promql/eval/operators.h"

#include <utility>

namespace sextant::promql {
namespace {

Result<Table> combineScalars(const Binary& operation, Table left, const Table& right)
{
    auto& values = left.rows.front().values;
    const auto& others = right.rows.front().values;
    // The parser lets scalars be compared with `bool` only.
    withOperator(operation.op, true, Kept::Left, [&](auto apply) {
        for (std::size_t step = 0; step < values.size(); ++step)
            values[step] = apply(values[step], others[step]);
    });
    return left;
}

/// A vector and a scalar; the vector's value is what a comparison keeps, on whichever side it stands.
Result<Table> combineWithScalar(
    const Binary& operation, Table vector, const Table& scalar, bool scalarIsLeft, Budget& budget)
{
    const auto& others = scalar.rows.front().values;
    for (Row& row : vector.rows) {
        if (auto more = budget.check(); !more)
            return tl::unexpected(more.error());
        auto& values = row.values;
        withOperator(operation.op, operation.returnBool, scalarIsLeft ? Kept::Right : Kept::Left, [&](auto apply) {
            for (std::size_t step = 0; step < values.size(); ++step) {
                if (isPresent(values[step]))
                    values[step] = scalarIsLeft ? apply(others[step], values[step]) : apply(values[step], others[step]);
            }
        });
    }
    if (isComparison(operation.op) && !operation.returnBool)
        dropEmptyRows(vector);
    if (dropsMetricName(operation.op) || operation.returnBool) {
        if (auto distinct = dropMetricNames(vector); !distinct)
            return tl::unexpected(distinct.error());
    }
    return vector;
}

} // namespace

Result<Table> combine(const Binary& operation, Table left, Table right, const Steps& steps, Budget& budget)
{
    if (left.isScalar && right.isScalar)
        return combineScalars(operation, std::move(left), right);
    if (left.isScalar)
        return combineWithScalar(operation, std::move(right), left, true, budget);
    if (right.isScalar)
        return combineWithScalar(operation, std::move(left), right, false, budget);
    if (isSetOperator(operation.op))
        return combineSets(operation, std::move(left), std::move(right), steps, budget);
    return combineVectors(operation, std::move(left), std::move(right), steps, budget);
}

} // namespace sextant::promql

// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/evaluator.h"

#include "promql/eval/aggregate.h"
#include "promql/eval/binary.h"
#include "promql/eval/instant_functions.h"
#include "promql/eval/range_functions.h"
#include "promql/eval/selection.h"
#include "promql/eval/step_invariant.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace sextant::promql {
namespace {

/// Walks the tree. Each node gives its table over all the steps that it is asked for; what is under a subquery has
/// steps of its own.
class TreeEvaluator {
public:
    TreeEvaluator(const Expr& query, const QueryTimes& times, const SeriesSource& source, Budget& budget)
        : m_evaluation{times, source, budget}, m_invariant(stepInvariantNodes(query))
    {
    }

    /// A vector or a scalar. `function` is the function or aggregation that stands directly over the expression.
    Result<Table> table(const Expr& expr, const Steps& steps, std::string_view function = {})
    {
        if (auto more = m_evaluation.budget.check(); !more)
            return tl::unexpected(more.error());
        const auto evaluate = [&](const Steps& at) {
            return std::visit([&](const auto& node) { return this->of(node, at, function); }, expr.node);
        };
        if (steps.count == 1 || !m_invariant.contains(&expr))
            return evaluate(steps);
        auto once = evaluate(steps.first());
        return once ? repeated(std::move(*once), steps, m_evaluation.budget) : std::move(once);
    }

    /// A range vector: a selector with a range, or a subquery.
    Result<RangeVector> range(const Expr& expr, const Steps& steps, std::string_view function)
    {
        const Expr& inner = unwrapped(expr);
        if (const auto* selector = std::get_if<Selector>(&inner.node))
            return selectRange(m_evaluation, *selector, steps, function);
        return subqueryRange(std::get<Subquery>(inner.node), steps);
    }

private:
    Result<Table> of(const NumberLiteral& number, const Steps& steps, std::string_view)
    {
        return Table::scalar(m_evaluation.budget, steps, number.value);
    }
    static Result<Table> of(const StringLiteral&, const Steps&, std::string_view) { return Table{}; }
    Result<Table> of(const Selector& selector, const Steps& steps, std::string_view function)
    {
        return selectInstant(m_evaluation, selector, steps, function);
    }
    Result<Table> of(const Paren& paren, const Steps& steps, std::string_view function)
    {
        return table(*paren.expr, steps, function);
    }
    static Result<Table> of(const Subquery&, const Steps&, std::string_view)
    {
        return fail(ErrorCode::Internal, "a range vector stands where a vector should");
    }

    Result<Table> of(const Unary& unary, const Steps& steps, std::string_view)
    {
        auto operand = table(*unary.expr, steps);
        if (!operand || !unary.negative)
            return operand;
        for (Row& row : operand->rows) {
            removeLabel(row.labels, kMetricName);
            for (double& value : row.values)
                value = isPresent(value) ? -value : value;
        }
        if (auto distinct = requireDistinctLabels(*operand); !distinct)
            return tl::unexpected(distinct.error());
        return operand;
    }

    Result<Table> of(const Binary& binary, const Steps& steps, std::string_view)
    {
        auto left = table(*binary.left, steps);
        if (!left)
            return left;
        auto right = table(*binary.right, steps);
        if (!right)
            return right;
        return combine(binary, std::move(*left), std::move(*right), steps, m_evaluation.budget);
    }

    Result<Table> of(const Aggregate& aggregate, const Steps& steps, std::string_view)
    {
        Table parameter;
        if (aggregate.param && aggregate.op != AggregateOp::CountValues) {
            auto evaluated = table(*aggregate.param, steps);
            if (!evaluated)
                return evaluated;
            parameter = std::move(*evaluated);
        }
        auto operand = table(*aggregate.expr, steps, toText(aggregate.op));
        if (!operand)
            return operand;
        const auto values = parameter.rows.empty() ? std::span<const double>() : parameter.rows.front().values;
        return aggregated(aggregate, std::move(*operand), values, steps, m_evaluation.budget);
    }

    Result<Table> of(const Call& call, const Steps& steps, std::string_view)
    {
        const auto types = call.function->arguments;
        const auto ranged = std::ranges::find(types, ValueType::RangeVector);
        if (ranged != types.end())
            return overRange(call, static_cast<std::size_t>(ranged - types.begin()), steps);
        if (call.function->name == "timestamp") {
            // Of a selector it is the time of the sample, which no table holds.
            if (const auto* selector = std::get_if<Selector>(&unwrapped(*call.arguments.front()).node))
                return timestamps(*selector, steps);
        }
        auto arguments = tables(call, call.arguments.size(), steps);
        if (!arguments)
            return tl::unexpected(arguments.error());
        return callInstant({call, *arguments, steps, m_evaluation.budget});
    }

    Result<Table> timestamps(const Selector& selector, const Steps& steps)
    {
        auto result = selectTimestamps(m_evaluation, selector, steps);
        if (!result)
            return result;
        if (auto distinct = dropMetricNames(*result); !distinct)
            return tl::unexpected(distinct.error());
        return result;
    }

    Result<Table> overRange(const Call& call, std::size_t rangeAt, const Steps& steps)
    {
        auto scalars = tables(call, rangeAt, steps);
        if (!scalars)
            return tl::unexpected(scalars.error());
        const std::string_view name = call.function->name;
        const auto samples = range(*call.arguments[rangeAt], steps, name);
        if (!samples)
            return tl::unexpected(samples.error());
        if (name != "absent_over_time")
            return slide(name, *samples, *scalars, steps, m_evaluation.budget);
        const Labels labels = labelsOfAbsent(unwrapped(*call.arguments[rangeAt]));
        return absentOverTime(*samples, labels, steps, m_evaluation.budget);
    }

    /// The arguments of a call but for the one that is a range vector.
    Result<std::vector<Table>> tables(const Call& call, std::size_t rangeAt, const Steps& steps)
    {
        std::vector<Table> all;
        for (std::size_t i = 0; i < call.arguments.size(); ++i) {
            if (i == rangeAt)
                continue;
            auto argument = table(*call.arguments[i], steps, call.function->name);
            if (!argument)
                return tl::unexpected(argument.error());
            all.push_back(std::move(*argument));
        }
        return all;
    }

    /// The steps of a subquery lie on the multiples of its step, from the first one that any range reaches.
    Result<RangeVector> subqueryRange(const Subquery& subquery, const Steps& steps)
    {
        const QueryTimes& times = m_evaluation.times;
        const Reference reference = referenceOf(subquery.offsetMs, subquery.at, times);
        const std::int64_t every = subquery.stepMs > 0 ? subquery.stepMs : times.subqueryStepMs;
        const std::int64_t from = earlier(reference.timeMs(steps.startMs), subquery.rangeMs);
        std::int64_t first = from / every * every;
        if (first < from)
            first += every;
        const Steps inner = Steps::between(first, reference.timeMs(steps.lastMs()), every);
        RangeVector result{{}, {}, reference, subquery.rangeMs};
        if (inner.count == 0)
            return result;
        // Steps cost their time even where no series has a value.
        const auto walked = HeldSamples::take(m_evaluation.budget, inner.count);
        if (!walked)
            return tl::unexpected(walked.error());
        auto points = table(*subquery.expr, inner);
        if (!points)
            return tl::unexpected(points.error());
        result.held = std::move(points->held);
        result.series = asSeries(std::move(*points), inner);
        return result;
    }

    Evaluation m_evaluation;
    std::unordered_set<const Expr*> m_invariant;
};

VectorValue vectorOf(Table table, std::int64_t timeMs)
{
    VectorValue vector;
    vector.reserve(table.rows.size());
    for (Row& row : table.rows)
        vector.push_back({std::move(row.labels), {timeMs, row.values.front()}});
    return vector;
}

MatrixValue matrixOf(std::vector<Series> all, std::int64_t fromMs, std::int64_t toMs)
{
    MatrixValue matrix;
    for (Series& series : all) {
        MatrixSeries points{std::move(series.labels), {}};
        for (std::size_t at = 0; at < series.timesMs.size(); ++at) {
            if (series.timesMs[at] >= fromMs && series.timesMs[at] <= toMs)
                points.points.push_back({series.timesMs[at], series.values[at]});
        }
        if (!points.points.empty())
            matrix.push_back(std::move(points));
    }
    std::ranges::sort(matrix, {}, &MatrixSeries::labels);
    return matrix;
}

Result<QueryResult> rangeVectorOf(TreeEvaluator& evaluator, const Expr& query, const Steps& steps)
{
    auto range = evaluator.range(query, steps, {});
    if (!range)
        return tl::unexpected(range.error());
    const std::int64_t toMs = range->reference.timeMs(steps.startMs);
    return QueryResult{matrixOf(std::move(range->series), earlier(toMs, range->rangeMs), toMs), {}};
}

} // namespace

Result<QueryResult> evaluate(const Expr& query, const QueryTimes& times, const SeriesSource& source, Budget& budget)
{
    const bool instant = times.stepMs == 0;
    const ValueType type = typeOf(query);
    if (!instant && (type == ValueType::String || type == ValueType::RangeVector))
        return fail(ErrorCode::Invalid, "invalid expression type \"" + std::string(toText(type)) +
                                            "\" for range query, must be Scalar or instant Vector");
    if (type == ValueType::String)
        return QueryResult{StringValue{times.startMs, std::get<StringLiteral>(unwrapped(query).node).text}, {}};
    const Steps steps = instant ? Steps{times.startMs} : Steps::between(times.startMs, times.endMs, times.stepMs);
    TreeEvaluator evaluator(query, times, source, budget);
    if (type == ValueType::RangeVector)
        return rangeVectorOf(evaluator, query, steps);
    if (steps.count == 0)
        return QueryResult{MatrixValue{}, {}};
    auto table = evaluator.table(query, steps);
    if (!table)
        return tl::unexpected(table.error());
    if (!instant)
        return QueryResult{matrixOf(asSeries(std::move(*table), steps), steps.startMs, steps.lastMs()), {}};
    if (type == ValueType::Scalar)
        return QueryResult{ScalarValue{{times.startMs, table->rows.front().values.front()}}, {}};
    return QueryResult{vectorOf(std::move(*table), times.startMs), {}};
}

} // namespace sextant::promql

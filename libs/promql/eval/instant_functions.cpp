// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/instant_functions.h"

#include "promql/eval/label_sets.h"
#include "promql/eval/numbers.h"

#include <algorithm>
#include <array>
#include <numbers>
#include <set>
#include <utility>

namespace sextant::promql {
namespace {

using Elementwise = double (*)(double);
using Handler = Result<Table> (*)(const InstantCall&);

template <typename Value>
using Named = std::pair<std::string_view, Value>;

template <typename Value, std::size_t N>
Value find(const std::array<Named<Value>, N>& all, std::string_view name)
{
    const auto at = std::ranges::find(all, name, &Named<Value>::first);
    return at != all.end() ? at->second : nullptr;
}

constexpr auto kElementwise = std::to_array<Named<Elementwise>>({
    {"abs", [](double v) { return std::abs(v); }},
    {"acos", [](double v) { return std::acos(v); }},
    {"acosh", [](double v) { return std::acosh(v); }},
    {"asin", [](double v) { return std::asin(v); }},
    {"asinh", [](double v) { return std::asinh(v); }},
    {"atan", [](double v) { return std::atan(v); }},
    {"atanh", [](double v) { return std::atanh(v); }},
    {"ceil", [](double v) { return std::ceil(v); }},
    {"cos", [](double v) { return std::cos(v); }},
    {"cosh", [](double v) { return std::cosh(v); }},
    {"deg", [](double v) { return v * 180 / std::numbers::pi; }},
    {"exp", [](double v) { return std::exp(v); }},
    {"floor", [](double v) { return std::floor(v); }},
    {"ln", [](double v) { return std::log(v); }},
    {"log10", [](double v) { return std::log10(v); }},
    {"log2", [](double v) { return std::log2(v); }},
    {"rad", [](double v) { return v * std::numbers::pi / 180; }},
    {"sgn", [](double v) { return v < 0   ? -1.0
                                  : v > 0 ? 1.0
                                          : v; }},
    {"sin", [](double v) { return std::sin(v); }},
    {"sinh", [](double v) { return std::sinh(v); }},
    {"sqrt", [](double v) { return std::sqrt(v); }},
    {"tan", [](double v) { return std::tan(v); }},
    {"tanh", [](double v) { return std::tanh(v); }},
});

/// Every value by a function of it and its step; the metric names go.
template <typename Change>
Result<Table> changed(Table& table, Budget& budget, Change change)
{
    for (Row& row : table.rows) {
        if (auto more = budget.check(); !more)
            return tl::unexpected(more.error());
        for (std::size_t step = 0; step < row.values.size(); ++step) {
            if (isPresent(row.values[step]))
                row.values[step] = change(row.values[step], step);
        }
    }
    if (auto distinct = dropMetricNames(table); !distinct)
        return tl::unexpected(distinct.error());
    return std::move(table);
}

Result<Table> clamp(const InstantCall& call)
{
    const auto min = call.scalar(1);
    const auto max = call.scalar(2);
    auto table = changed(call.arguments[0], call.budget, [&](double value, std::size_t step) {
        return max[step] < min[step] ? kAbsent : larger(min[step], smaller(max[step], value));
    });
    if (table)
        dropEmptyRows(*table);
    return table;
}

Result<Table> clampMax(const InstantCall& call)
{
    const auto max = call.scalar(1);
    return changed(
        call.arguments[0], call.budget, [&](double value, std::size_t step) { return smaller(max[step], value); });
}

Result<Table> clampMin(const InstantCall& call)
{
    const auto min = call.scalar(1);
    return changed(
        call.arguments[0], call.budget, [&](double value, std::size_t step) { return larger(min[step], value); });
}

/// To the nearest multiple, halves upwards.
Result<Table> round(const InstantCall& call)
{
    return changed(call.arguments[0], call.budget, [&](double value, std::size_t step) {
        const double inverse = 1.0 / (call.arguments.size() > 1 ? call.scalar(1)[step] : 1.0);
        return std::floor(value * inverse + 0.5) / inverse;
    });
}

/// The only value of a step; NaN where there is none or more than one.
Result<Table> scalar(const InstantCall& call)
{
    auto result = Table::scalar(call.budget, call.steps, kNaN);
    if (!result)
        return result;
    auto& values = result->rows.front().values;
    std::vector<bool> seen(call.steps.count, false);
    for (const Row& row : call.arguments[0].rows) {
        for (std::size_t step = 0; step < row.values.size(); ++step) {
            if (!isPresent(row.values[step]))
                continue;
            values[step] = seen[step] ? kNaN : row.values[step];
            seen[step] = true;
        }
    }
    return result;
}

Result<Table> vector(const InstantCall& call)
{
    call.arguments[0].isScalar = false;
    return std::move(call.arguments[0]);
}

Result<Table> pi(const InstantCall& call)
{
    return Table::scalar(call.budget, call.steps, std::numbers::pi);
}

Result<Table> time(const InstantCall& call)
{
    auto result = Table::scalar(call.budget, call.steps, 0);
    if (!result)
        return result;
    for (std::size_t step = 0; step < call.steps.count; ++step)
        result->rows.front().values[step] = static_cast<double>(call.steps.timeMs(step)) / 1000;
    return result;
}

/// Of anything but a selector: the time of the step.
Result<Table> timestamp(const InstantCall& call)
{
    return changed(call.arguments[0], call.budget,
        [&](double, std::size_t step) { return static_cast<double>(call.steps.timeMs(step)) / 1000; });
}

Result<Table> absent(const InstantCall& call)
{
    auto result = Table::scalar(call.budget, call.steps, 1);
    if (!result)
        return result;
    result->isScalar = false;
    Row& absence = result->rows.front();
    absence.labels = labelsOfAbsent(unwrapped(*call.call.arguments[0]));
    for (const Row& row : call.arguments[0].rows) {
        for (std::size_t step = 0; step < row.values.size(); ++step) {
            if (isPresent(row.values[step]))
                absence.values[step] = kAbsent;
        }
    }
    dropEmptyRows(*result);
    return result;
}

/// Only an instant query has an order.
Result<Table> sorted(const InstantCall& call, bool descending)
{
    Table& table = call.arguments[0];
    if (call.steps.count == 1)
        sortByValue(table.rows, descending, [](const Row& row) { return row.values.front(); });
    return std::move(table);
}

constexpr auto kHandlers = std::to_array<Named<Handler>>({
    {"absent", absent},
    {"clamp", clamp},
    {"clamp_max", clampMax},
    {"clamp_min", clampMin},
    {"histogram_quantile", histogramQuantile},
    {"label_join", labelJoin},
    {"label_replace", labelReplace},
    {"pi", pi},
    {"round", round},
    {"scalar", scalar},
    {"sort", [](const InstantCall& call) { return sorted(call, false); }},
    {"sort_desc", [](const InstantCall& call) { return sorted(call, true); }},
    {"time", time},
    {"timestamp", timestamp},
    {"vector", vector},
});

/// Without an argument: of the time of the step.
Result<Table> datePart(const InstantCall& call, DatePart part)
{
    if (!call.arguments.empty())
        return changed(
            call.arguments[0], call.budget, [part](double value, std::size_t) { return part(toInteger(value)); });
    auto result = Table::scalar(call.budget, call.steps, 0);
    if (!result)
        return result;
    result->isScalar = false;
    for (std::size_t step = 0; step < call.steps.count; ++step)
        result->rows.front().values[step] = part(call.steps.timeMs(step) / 1000);
    return result;
}

} // namespace

const std::string& InstantCall::text(std::size_t i) const
{
    return std::get<StringLiteral>(unwrapped(*call.arguments[i]).node).text;
}

Result<Table> callInstant(const InstantCall& call)
{
    const std::string_view name = call.call.function->name;
    if (const Elementwise function = find(kElementwise, name))
        return changed(
            call.arguments[0], call.budget, [function](double value, std::size_t) { return function(value); });
    if (const Handler handler = find(kHandlers, name))
        return handler(call);
    if (const DatePart part = findDatePart(name))
        return datePart(call, part);
    return fail(ErrorCode::Internal, "no such function: " + std::string(name));
}

Labels labelsOfAbsent(const Expr& argument)
{
    Labels labels;
    const auto* selector = std::get_if<Selector>(&argument.node);
    if (!selector)
        return labels;
    std::set<std::string_view> fixed;
    for (const Matcher& matcher : selector->matchers) {
        if (matcher.label() == kMetricName)
            continue;
        // A label that two matchers fix is left out, as in Prometheus.
        if (matcher.op() == MatchOp::Equal && fixed.insert(matcher.label()).second)
            setLabel(labels, matcher.label(), matcher.value());
        else
            removeLabel(labels, matcher.label());
    }
    return labels;
}

const Expr& unwrapped(const Expr& expr)
{
    const Expr* inner = &expr;
    while (const auto* paren = std::get_if<Paren>(&inner->node))
        inner = paren->expr.get();
    return *inner;
}

} // namespace sextant::promql

// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/aggregate.h"

#include "promql/eval/instant_functions.h"
#include "promql/eval/numbers.h"

#include <algorithm>
#include <utility>

namespace sextant::promql {
namespace {

// An aggregation takes the rows one after the other into its group's columns, each step by itself. `value` is the
// group's row, in which kAbsent says that nothing has come yet.

struct Sum {
    double& value;
    void add(double sample) { value = isPresent(value) ? value + sample : sample; }
};

struct Min {
    double& value;
    void add(double sample)
    {
        if (!isPresent(value) || value > sample || std::isnan(value))
            value = sample;
    }
};

struct Max {
    double& value;
    void add(double sample)
    {
        if (!isPresent(value) || value < sample || std::isnan(value))
            value = sample;
    }
};

struct Count {
    double& value;
    void add(double) { value = isPresent(value) ? value + 1 : 1; }
};

struct Group {
    double& value;
    void add(double) { value = 1; }
};

/// What a step of a group needs beside its value.
struct Moments {
    double count = 0;
    double squares = 0;
};

struct Avg {
    double& value; ///< the mean so far
    Moments& moments;
    void add(double sample)
    {
        if (++moments.count == 1)
            value = sample;
        else if (!staysInfinite(value, sample))
            value += sample / moments.count - value / moments.count;
    }
};

struct Stdvar {
    double& value; ///< the mean so far
    Moments& moments;
    void add(double sample)
    {
        if (++moments.count == 1) {
            value = sample;
            return;
        }
        const double delta = sample - value;
        value += delta / moments.count;
        moments.squares += delta * (sample - value);
    }
    void finish()
    {
        if (isPresent(value))
            value = moments.squares / moments.count;
    }
};

struct Stddev : Stdvar {
    void finish()
    {
        Stdvar::finish();
        if (isPresent(value))
            value = std::sqrt(value);
    }
};

/// An empty row for each group.
Result<Table> rowsOf(const Grouped& groups, const Steps& steps, Budget& budget)
{
    auto held = HeldSamples::take(budget, groups.labels.size(), steps.count);
    if (!held)
        return tl::unexpected(held.error());
    Table table{{}, false, std::move(*held)};
    table.rows.reserve(groups.labels.size());
    for (const Labels& labels : groups.labels)
        addRow(table, labels, steps);
    return table;
}

template <typename State>
Result<Table> accumulate(const Grouped& groups, const Table& input, const Steps& steps, Budget& budget)
{
    constexpr bool kHasMoments = requires(State state)
    {
        state.moments;
    };
    auto table = rowsOf(groups, steps, budget);
    if (!table)
        return table;
    auto held = HeldSamples::take(budget, kHasMoments ? groups.labels.size() * 2 : 0, steps.count);
    if (!held)
        return tl::unexpected(held.error());
    std::vector<Moments> moments(kHasMoments ? groups.labels.size() * steps.count : 0);
    const auto stateAt = [&](std::size_t group, std::size_t step) {
        double& value = table->rows[group].values[step];
        if constexpr (kHasMoments)
            return State{value, moments[group * steps.count + step]};
        else
            return State{value};
    };
    for (std::size_t at = 0; at < input.rows.size(); ++at) {
        if (auto more = budget.check(); !more)
            return tl::unexpected(more.error());
        const auto& values = input.rows[at].values;
        for (std::size_t step = 0; step < steps.count; ++step) {
            if (isPresent(values[step]))
                stateAt(groups.groupOf[at], step).add(values[step]);
        }
    }
    if constexpr (requires(State state) { state.finish(); }) {
        for (std::size_t group = 0; group < groups.labels.size(); ++group) {
            for (std::size_t step = 0; step < steps.count; ++step)
                stateAt(group, step).finish();
        }
    }
    return table;
}

Result<Table> quantiles(const Grouped& groups, std::span<const double> phi, const Steps& steps, Budget& budget)
{
    auto table = rowsOf(groups, steps, budget);
    if (!table)
        return table;
    std::vector<double> values;
    for (std::size_t group = 0; group < groups.labels.size(); ++group) {
        for (std::size_t step = 0; step < steps.count; ++step) {
            if (auto more = budget.check(); !more)
                return tl::unexpected(more.error());
            values.clear();
            for (const Row* row : groups.members[group]) {
                if (isPresent(row->values[step]))
                    values.push_back(row->values[step]);
            }
            if (!values.empty())
                table->rows[group].values[step] = quantile(phi[step], values);
        }
    }
    return table;
}

} // namespace

LabelChoice groupChoice(const Aggregate& aggregate)
{
    std::vector<std::string> names = aggregate.grouping;
    if (!aggregate.without)
        return LabelChoice::only(std::move(names));
    names.emplace_back(kMetricName);
    return LabelChoice::except(std::move(names));
}

Grouped grouped(const Aggregate& aggregate, const Table& input)
{
    Grouped groups;
    LabelSetIndex index(groupChoice(aggregate));
    groups.groupOf.reserve(input.rows.size());
    for (const Row& row : input.rows) {
        const std::size_t number = index.numberOf(row.labels);
        if (number == groups.labels.size()) {
            groups.labels.push_back(index.choice().of(row.labels));
            groups.members.emplace_back();
        }
        groups.groupOf.push_back(number);
        groups.members[number].push_back(&row);
    }
    return groups;
}

Result<Table> aggregated(
    const Aggregate& aggregate, Table input, std::span<const double> parameter, const Steps& steps, Budget& budget)
{
    switch (aggregate.op) {
    case AggregateOp::TopK:
    case AggregateOp::BottomK:
        return aggregatedTop(aggregate, std::move(input), parameter, steps, budget);
    case AggregateOp::CountValues:
        return countedValues(
            aggregate, std::get<StringLiteral>(unwrapped(*aggregate.param).node).text, input, steps, budget);
    default:
        break;
    }
    const Grouped groups = grouped(aggregate, input);
    switch (aggregate.op) {
    case AggregateOp::Sum:
        return accumulate<Sum>(groups, input, steps, budget);
    case AggregateOp::Avg:
        return accumulate<Avg>(groups, input, steps, budget);
    case AggregateOp::Min:
        return accumulate<Min>(groups, input, steps, budget);
    case AggregateOp::Max:
        return accumulate<Max>(groups, input, steps, budget);
    case AggregateOp::Group:
        return accumulate<Group>(groups, input, steps, budget);
    case AggregateOp::Stddev:
        return accumulate<Stddev>(groups, input, steps, budget);
    case AggregateOp::Stdvar:
        return accumulate<Stdvar>(groups, input, steps, budget);
    case AggregateOp::Quantile:
        return quantiles(groups, parameter, steps, budget);
    default:
        return accumulate<Count>(groups, input, steps, budget);
    }
}

} // namespace sextant::promql

// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/aggregate.h"
#include "promql/eval/numbers.h"
#include "promql/quote.h"

#include <bit>
#include <map>
#include <utility>

namespace sextant::promql {
namespace {

/// The same for values that are written alike.
std::uint64_t keyOf(double value)
{
    return std::bit_cast<std::uint64_t>(std::isnan(value) ? kNaN : value);
}

/// The labels that tell groups apart beside the one that the values are written into.
LabelChoice choiceWithout(const std::string& label, const Aggregate& aggregate)
{
    std::vector<std::string> names = aggregate.grouping;
    if (aggregate.without) {
        names.push_back(label);
        names.emplace_back(kMetricName);
        return LabelChoice::except(std::move(names));
    }
    std::erase(names, label);
    return LabelChoice::only(std::move(names));
}

} // namespace

Result<Table> countedValues(
    const Aggregate& aggregate, const std::string& label, const Table& input, const Steps& steps, Budget& budget)
{
    if (!metrics::isLabelName(label))
        return fail(ErrorCode::Invalid, "invalid label name " + quoted(label));
    // `by` has the label in its list without saying so; `without` may take it away again.
    const bool labelled = !aggregate.without || groupChoice(aggregate).takes(label);
    LabelSetIndex index(choiceWithout(label, aggregate));
    std::map<std::pair<std::size_t, std::uint64_t>, std::size_t> places;
    Table table;
    for (const Row& row : input.rows) {
        if (auto more = budget.check(); !more)
            return tl::unexpected(more.error());
        const std::size_t group = index.numberOf(row.labels);
        for (std::size_t step = 0; step < steps.count; ++step) {
            const double value = row.values[step];
            if (!isPresent(value))
                continue;
            const auto [place, isNew] = places.try_emplace({group, labelled ? keyOf(value) : 0}, table.rows.size());
            if (isNew) {
                if (auto taken = table.held.grow(budget, steps.count); !taken)
                    return tl::unexpected(taken.error());
                Row& added = addRow(table, index.choice().of(row.labels), steps);
                if (labelled)
                    setLabel(added.labels, label, plainText(value));
            }
            double& count = table.rows[place->second].values[step];
            count = isPresent(count) ? count + 1 : 1;
        }
    }
    return table;
}

} // namespace sextant::promql

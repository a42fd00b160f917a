// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/binary.h"
#include "promql/eval/matching.h"

#include <iterator>
#include <utility>
#include <vector>

namespace sextant::promql {
namespace {

/// At which steps each group of labels has a value. Empty: at none.
using Presence = std::vector<std::vector<bool>>;

Presence presenceOf(const Table& table, const std::vector<std::size_t>& groups, std::size_t count, const Steps& steps)
{
    Presence presence(count);
    for (std::size_t at = 0; at < table.rows.size(); ++at) {
        auto& present = presence[groups[at]];
        present.resize(steps.count, false);
        for (std::size_t step = 0; step < steps.count; ++step) {
            if (isPresent(table.rows[at].values[step]))
                present[step] = true;
        }
    }
    return presence;
}

/// Keeps the values at those steps where the row's group is there, or (`wanted` false) is not.
Result<void> keepWhere(
    Table& table, const std::vector<std::size_t>& groups, const Presence& presence, bool wanted, Budget& budget)
{
    for (std::size_t at = 0; at < table.rows.size(); ++at) {
        if (auto more = budget.check(); !more)
            return more;
        const auto& present = presence[groups[at]];
        auto& values = table.rows[at].values;
        for (std::size_t step = 0; step < values.size(); ++step) {
            if ((!present.empty() && present[step]) != wanted)
                values[step] = kAbsent;
        }
    }
    dropEmptyRows(table);
    return {};
}

} // namespace

Result<Table> combineSets(const Binary& operation, Table left, Table right, const Steps& steps, Budget& budget)
{
    LabelSetIndex index(matchChoice(*operation.matching));
    const auto leftGroups = groupsOf(left, index);
    const auto rightGroups = groupsOf(right, index);
    if (operation.op != BinaryOp::Or) {
        const Presence presence = presenceOf(right, rightGroups, index.size(), steps);
        const auto kept = keepWhere(left, leftGroups, presence, operation.op == BinaryOp::And, budget);
        if (!kept)
            return tl::unexpected(kept.error());
        return left;
    }
    const Presence presence = presenceOf(left, leftGroups, index.size(), steps);
    if (auto kept = keepWhere(right, rightGroups, presence, false, budget); !kept)
        return tl::unexpected(kept.error());
    auto held = HeldSamples::take(budget, left.rows.size() + right.rows.size(), steps.count);
    if (!held)
        return tl::unexpected(held.error());
    left.held = std::move(*held);
    left.rows.insert(
        left.rows.end(), std::make_move_iterator(right.rows.begin()), std::make_move_iterator(right.rows.end()));
    if (auto distinct = joinSameLabels(left); !distinct)
        return tl::unexpected(distinct.error());
    return left;
}

} // namespace sextant::promql

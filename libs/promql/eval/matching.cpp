// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/matching.h"

#include "promql/eval/binary.h"
#include "promql/eval/operators.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace sextant::promql {
namespace {

using Card = VectorMatching::Card;
using Groups = std::vector<std::vector<const Row*>>; ///< rows by match group

Groups rowsByGroup(const Table& table, const std::vector<std::size_t>& numbers, std::size_t count)
{
    Groups groups(count);
    for (std::size_t at = 0; at < table.rows.size(); ++at)
        groups[numbers[at]].push_back(&table.rows[at]);
    return groups;
}

/// Finds a step at which a group has two values on the side that may have one only.
class DuplicateSearch {
public:
    DuplicateSearch(const VectorMatching& matching, const Table& one, const Table& many, const Steps& steps)
        : m_matching(matching), m_one(one), m_many(many), m_steps(steps)
    {
    }

    [[nodiscard]] Result<void> run(const std::vector<std::size_t>& numbers, std::size_t groups, Budget& budget)
    {
        std::vector<std::size_t> rows(groups, 0);
        for (const std::size_t number : numbers)
            ++rows[number];
        if (std::ranges::none_of(rows, [](std::size_t count) { return count > 1; }))
            return {};
        std::vector<const Row*> seen(groups);
        for (std::size_t step = 0; step < m_steps.count; ++step) {
            if (auto more = budget.check(); !more)
                return more;
            std::ranges::fill(seen, nullptr);
            for (std::size_t at = 0; at < numbers.size(); ++at) {
                const Row& row = m_one.rows[at];
                if (rows[numbers[at]] < 2 || !isPresent(row.values[step]))
                    continue;
                const Row*& first = seen[numbers[at]];
                // Where the other side is empty nothing is matched, and nothing said.
                if (first && anyPresent(m_many, step))
                    return fail(ErrorCode::Invalid, errorOf(row, *first));
                first = &row;
            }
        }
        return {};
    }

private:
    static bool anyPresent(const Table& table, std::size_t step)
    {
        return std::ranges::any_of(table.rows, [step](const Row& row) { return isPresent(row.values[step]); });
    }

    [[nodiscard]] std::string errorOf(const Row& row, const Row& first) const
    {
        return "found duplicate series for the match group " + errorText(matchChoice(m_matching).of(row.labels)) +
               " on the " + (m_matching.card == Card::OneToMany ? "left" : "right") + " hand-side of the operation: [" +
               errorText(row.labels) + ", " + errorText(first.labels) +
               "];many-to-many matching not allowed: matching labels must be unique on one side";
    }

    const VectorMatching& m_matching;
    const Table& m_one;
    const Table& m_many;
    const Steps& m_steps;
};

Labels resultLabels(const Binary& operation, const Row& many, const Row& one)
{
    const VectorMatching& matching = *operation.matching;
    Labels labels = many.labels;
    if (dropsMetricName(operation.op))
        removeLabel(labels, kMetricName);
    if (matching.card == Card::OneToOne) {
        const auto choice = matching.on ? LabelChoice::only(matching.labels) : LabelChoice::except(matching.labels);
        labels = choice.of(labels);
    }
    for (const std::string& name : matching.include)
        setLabel(labels, name, labelValue(one.labels, name));
    if (operation.returnBool)
        removeLabel(labels, kMetricName);
    return labels;
}

std::string multipleMatches(Card card)
{
    if (card == Card::OneToOne)
        return "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
    return "multiple matches for labels: grouping labels must ensure unique matches";
}

/// Results of one match group may not be there at the same step: none (one to one), or none with the same labels.
Result<void> checkUnique(const Table& table, const std::vector<std::size_t>& groups, Card card)
{
    LabelSetIndex index(LabelChoice::all());
    std::map<std::pair<std::size_t, std::size_t>, std::vector<const Row*>> alike;
    for (std::size_t at = 0; at < table.rows.size(); ++at) {
        const std::size_t labels = card == Card::OneToOne ? 0 : index.numberOf(table.rows[at].labels);
        alike[{groups[at], labels}].push_back(&table.rows[at]);
    }
    for (const auto& [key, rows] : alike) {
        if (rows.size() < 2)
            continue;
        std::vector<bool> seen(rows.front()->values.size(), false);
        for (const Row* row : rows) {
            for (std::size_t step = 0; step < seen.size(); ++step) {
                if (!isPresent(row->values[step]))
                    continue;
                if (seen[step])
                    return fail(ErrorCode::Invalid, multipleMatches(card));
                seen[step] = true;
            }
        }
    }
    return {};
}

template <typename Apply>
bool applyRow(std::vector<double>& result, const Row& many, const Row& one, bool swapped, Apply apply)
{
    bool any = false;
    for (std::size_t step = 0; step < result.size(); ++step) {
        const double a = many.values[step];
        const double b = one.values[step];
        if (!isPresent(a) || !isPresent(b))
            continue;
        result[step] = swapped ? apply(b, a) : apply(a, b);
        any = any || isPresent(result[step]);
    }
    return any;
}

} // namespace

LabelChoice matchChoice(const VectorMatching& matching)
{
    if (matching.on)
        return LabelChoice::only(matching.labels);
    std::vector<std::string> names = matching.labels;
    names.emplace_back(kMetricName);
    return LabelChoice::except(std::move(names));
}

std::vector<std::size_t> groupsOf(const Table& table, LabelSetIndex& index)
{
    std::vector<std::size_t> numbers;
    numbers.reserve(table.rows.size());
    for (const Row& row : table.rows)
        numbers.push_back(index.numberOf(row.labels));
    return numbers;
}

Result<Table> combineVectors(const Binary& operation, Table left, Table right, const Steps& steps, Budget& budget)
{
    const VectorMatching& matching = *operation.matching;
    const bool swapped = matching.card == Card::OneToMany;
    const Table& many = swapped ? right : left;
    const Table& one = swapped ? left : right;
    LabelSetIndex index(matchChoice(matching));
    const auto manyNumbers = groupsOf(many, index);
    const auto oneNumbers = groupsOf(one, index);
    if (auto unique = DuplicateSearch(matching, one, many, steps).run(oneNumbers, index.size(), budget); !unique)
        return tl::unexpected(unique.error());

    const Groups ones = rowsByGroup(one, oneNumbers, index.size());
    Table table;
    std::vector<std::size_t> groupOfResult;
    std::vector<double> values;
    for (std::size_t at = 0; at < many.rows.size(); ++at) {
        const Row& row = many.rows[at];
        for (const Row* partner : ones[manyNumbers[at]]) {
            if (auto more = budget.check(); !more)
                return tl::unexpected(more.error());
            values.assign(steps.count, kAbsent);
            const bool any = withOperator(operation.op, operation.returnBool, Kept::Left,
                [&](auto apply) { return applyRow(values, row, *partner, swapped, apply); });
            if (!any)
                continue;
            if (auto taken = table.held.grow(budget, steps.count); !taken)
                return tl::unexpected(taken.error());
            table.rows.push_back({resultLabels(operation, row, *partner), std::move(values)});
            groupOfResult.push_back(manyNumbers[at]);
        }
    }
    if (auto unique = checkUnique(table, groupOfResult, matching.card); !unique)
        return tl::unexpected(unique.error());
    if (auto distinct = joinSameLabels(table); !distinct)
        return tl::unexpected(distinct.error());
    return table;
}

} // namespace sextant::promql

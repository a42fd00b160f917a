// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/table.h"

#include "metrics/checked.h"
#include "promql/eval/label_sets.h"

#include <algorithm>
#include <limits>

namespace sextant::promql {
namespace {

constexpr auto kSameLabels = "vector cannot contain metrics with the same labelset";

} // namespace

Result<HeldSamples> HeldSamples::take(Budget& budget, std::size_t rows, std::size_t steps)
{
    // More than any budget has, and still far from where its sum would wrap.
    constexpr std::size_t kEndless = std::numeric_limits<std::size_t>::max() / 4;
    std::size_t count = 0;
    if (metrics::multiplyOverflows(rows, steps, count))
        count = kEndless;
    HeldSamples held;
    if (auto taken = held.grow(budget, std::min(count, kEndless)); !taken)
        return tl::unexpected(taken.error());
    return held;
}

Result<void> HeldSamples::grow(Budget& budget, std::size_t count)
{
    m_budget = &budget;
    m_count += count;
    return budget.addSamples(count);
}

HeldSamples& HeldSamples::operator=(HeldSamples&& other) noexcept
{
    std::swap(m_budget, other.m_budget);
    std::swap(m_count, other.m_count);
    return *this;
}

HeldSamples::~HeldSamples()
{
    if (m_budget)
        m_budget->releaseSamples(m_count);
}

Result<Table> Table::scalar(Budget& budget, const Steps& steps, double value)
{
    auto held = HeldSamples::take(budget, 1, steps.count);
    if (!held)
        return tl::unexpected(held.error());
    Table table{{}, true, std::move(*held)};
    table.rows.push_back({{}, std::vector<double>(steps.count, value)});
    return table;
}

Row& addRow(Table& table, Labels labels, const Steps& steps)
{
    return table.rows.emplace_back(Row{std::move(labels), std::vector<double>(steps.count, kAbsent)});
}

void dropEmptyRows(Table& table)
{
    std::erase_if(table.rows, [](const Row& row) { return std::ranges::none_of(row.values, isPresent); });
}

Result<void> joinSameLabels(Table& table)
{
    if (table.rows.size() < 2)
        return {};
    LabelSetIndex index(LabelChoice::all());
    std::size_t kept = 0;
    for (std::size_t at = 0; at < table.rows.size(); ++at) {
        Row& row = table.rows[at];
        const std::size_t number = index.numberOf(row.labels);
        if (number == kept) {
            if (kept != at)
                table.rows[kept] = std::move(row);
            ++kept;
            continue;
        }
        Row& first = table.rows[number];
        for (std::size_t step = 0; step < row.values.size(); ++step) {
            if (!isPresent(row.values[step]))
                continue;
            if (isPresent(first.values[step]))
                return fail(ErrorCode::Invalid, kSameLabels);
            first.values[step] = row.values[step];
        }
    }
    table.rows.resize(kept);
    return {};
}

Result<void> dropMetricNames(Table& table)
{
    bool oneName = true;
    for (const Row& row : table.rows)
        oneName = oneName && labelValue(row.labels, kMetricName) == labelValue(table.rows.front().labels, kMetricName);
    for (Row& row : table.rows)
        removeLabel(row.labels, kMetricName);
    // Labels that were distinct under one name are so without it.
    return oneName ? Result<void>() : joinSameLabels(table);
}

Result<void> requireDistinctLabels(const Table& table)
{
    LabelSetIndex index(LabelChoice::all());
    for (std::size_t at = 0; at < table.rows.size(); ++at) {
        if (index.numberOf(table.rows[at].labels) != at)
            return fail(ErrorCode::Invalid, kSameLabels);
    }
    return {};
}

Result<Table> repeated(Table once, const Steps& steps, Budget& budget)
{
    auto held = HeldSamples::take(budget, once.rows.size(), steps.count);
    if (!held)
        return tl::unexpected(held.error());
    for (Row& row : once.rows)
        row.values.assign(steps.count, double(row.values.front()));
    once.held = std::move(*held);
    return once;
}

} // namespace sextant::promql

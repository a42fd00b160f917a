// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/budget.h"
#include "promql/eval/steps.h"
#include "promql/labels.h"
#include "promql/series_source.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace sextant::promql {

/// A part of the budget that is given back when the thing that it was taken for goes. Must not outlive the budget.
class HeldSamples {
public:
    HeldSamples() = default;
    /// Takes `rows` × `steps` samples. Errors: those of Budget::addSamples.
    [[nodiscard]] static Result<HeldSamples> take(Budget& budget, std::size_t rows, std::size_t steps = 1);
    /// Gives back in time what another (a source) has taken.
    [[nodiscard]] static HeldSamples adopt(Budget& budget, std::size_t count) { return HeldSamples(&budget, count); }

    /// Takes more. Errors: those of Budget::addSamples.
    [[nodiscard]] Result<void> grow(Budget& budget, std::size_t count);

    HeldSamples(HeldSamples&& other) noexcept : m_budget(std::exchange(other.m_budget, nullptr)), m_count(other.m_count)
    {
    }
    HeldSamples& operator=(HeldSamples&& other) noexcept;
    ~HeldSamples();

private:
    HeldSamples(Budget* budget, std::size_t count) : m_budget(budget), m_count(count) {}

    Budget* m_budget = nullptr;
    std::size_t m_count = 0;
};

/// What stands in a row where there is no value. Arithmetic never makes this NaN: it is a signalling one.
inline const double kAbsent = staleMarker();
[[nodiscard]] inline bool isPresent(double value)
{
    return !isStale(value);
}

/// One series over all steps.
struct Row {
    Labels labels;
    std::vector<double> values; ///< one per step
};

/// What a node of the tree is over all steps; of one step, its rows are in the order of the result. A vector's rows all
/// have a value somewhere; no two with the same labels
/// do at the same step. A scalar is one row without labels that has a value everywhere.
struct Table {
    std::vector<Row> rows;
    bool isScalar = false;
    HeldSamples held{};

    /// One value at all steps.
    [[nodiscard]] static Result<Table> scalar(Budget& budget, const Steps& steps, double value);
};

/// Adds an empty row (all absent). The caller has taken its samples from the budget.
Row& addRow(Table& table, Labels labels, const Steps& steps);

/// Takes away rows without any value.
void dropEmptyRows(Table& table);

/// Joins rows of the same labels. Invalid: two of them have a value at the same step.
[[nodiscard]] Result<void> joinSameLabels(Table& table);

/// Takes away the metric names; then as joinSameLabels.
[[nodiscard]] Result<void> dropMetricNames(Table& table);

/// Invalid when two rows have the same labels, be it at different steps.
[[nodiscard]] Result<void> requireDistinctLabels(const Table& table);

/// A table of one step as one of all steps.
[[nodiscard]] Result<Table> repeated(Table once, const Steps& steps, Budget& budget);

} // namespace sextant::promql

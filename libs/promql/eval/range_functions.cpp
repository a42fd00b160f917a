// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/eval/range_functions.h"

#include "promql/eval/label_sets.h"
#include "promql/eval/numbers.h"
#include "promql/eval/range_window.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

namespace sextant::promql {
namespace {

/// Samples that are looked at between two glances at the clock.
constexpr std::size_t kSamplesPerCheck = 1 << 18;

/// Finds the window of each step. Steps come in order, so that all ends only move forward.
class Slider {
public:
    Slider(const Series& series, const RangeVector& range) : m_series(series), m_range(range)
    {
        for (std::size_t at = 1; at < series.values.size(); ++at) {
            if (series.values[at] < series.values[at - 1])
                m_resets.push_back(at);
        }
    }

    /// Moves to a step; false when there is nothing in its range.
    bool moveTo(std::int64_t stepMs)
    {
        const std::int64_t endMs = m_range.reference.timeMs(stepMs);
        const std::int64_t startMs = earlier(endMs, m_range.rangeMs);
        const auto& times = m_series.timesMs;
        while (m_end < times.size() && times[m_end] <= endMs)
            ++m_end;
        while (m_begin < m_end && times[m_begin] < startMs)
            ++m_begin;
        while (m_resetsEnd < m_resets.size() && m_resets[m_resetsEnd] < m_end)
            ++m_resetsEnd;
        while (m_resetsBegin < m_resetsEnd && m_resets[m_resetsBegin] <= m_begin)
            ++m_resetsBegin;
        m_window.endMs = endMs;
        m_window.stepMs = stepMs;
        return m_begin < m_end;
    }

    [[nodiscard]] const Window& window()
    {
        const std::size_t count = m_end - m_begin;
        m_window.timesMs = std::span(m_series.timesMs).subspan(m_begin, count);
        m_window.values = std::span(m_series.values).subspan(m_begin, count);
        if (!m_series.weights.empty())
            m_window.weights = std::span(m_series.weights).subspan(m_begin, count);
        m_window.resets = std::span<const std::size_t>(m_resets).subspan(m_resetsBegin, m_resetsEnd - m_resetsBegin);
        m_window.resetsFrom = m_begin;
        m_window.rangeMs = m_range.rangeMs;
        m_window.scratch = &m_scratch;
        return m_window;
    }

    // The window is the samples [begin, end) of the series.
    [[nodiscard]] std::size_t begin() const { return m_begin; }
    [[nodiscard]] std::size_t end() const { return m_end; }

private:
    const Series& m_series;
    const RangeVector& m_range;
    std::vector<std::size_t> m_resets;
    std::vector<double> m_scratch;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    std::size_t m_resetsBegin = 0;
    std::size_t m_resetsEnd = 0;
    Window m_window;
};

/// The largest or smallest value of windows that slide: what max_over_time and min_over_time give, looking at each
/// sample once however many windows it is in. Of equal values the first counts (0 and -0 are equal), and NaN only where
/// there is nothing else.
class RunningExtreme {
public:
    RunningExtreme(std::span<const double> values, bool largest) : m_values(values), m_largest(largest) {}

    /// Of the samples [begin, end); neither is ever less than the last time.
    [[nodiscard]] double of(std::size_t begin, std::size_t end)
    {
        for (; m_seen < end; ++m_seen) {
            const double value = m_values[m_seen];
            if (std::isnan(value))
                continue;
            while (!m_candidates.empty() && isBeaten(m_values[m_candidates.back()], value))
                m_candidates.pop_back();
            m_candidates.push_back(m_seen);
        }
        while (!m_candidates.empty() && m_candidates.front() < begin)
            m_candidates.pop_front();
        return m_values[m_candidates.empty() ? end - 1 : m_candidates.front()];
    }

private:
    [[nodiscard]] bool isBeaten(double value, double by) const { return m_largest ? value < by : value > by; }

    std::span<const double> m_values;
    bool m_largest;
    std::size_t m_seen = 0;
    std::deque<std::size_t> m_candidates; ///< places; each beats those behind it, or is equal to them
};

Result<void> checkFactor(std::string_view name, double factor)
{
    if (!(factor <= 0 || factor >= 1))
        return {};
    return fail(ErrorCode::Invalid, "invalid " + std::string(name) + " factor. Expected: 0 < " +
                                        (name == "smoothing" ? "sf" : "tf") + " < 1, got: " + fixedText(factor));
}

/// One function with its scalar arguments at each step.
class WindowCall {
public:
    WindowCall(std::string_view name, std::span<const Table> scalars)
        : m_function(findRateFunction(name)), m_scalars(scalars), m_isHoltWinters(name == "holt_winters")
    {
        if (!m_function)
            m_function = findOverTimeFunction(name);
    }

    [[nodiscard]] bool exists() const { return m_function; }
    [[nodiscard]] Result<double> at(std::size_t step, const Window& window) const
    {
        const double first = scalar(0, step);
        const double second = scalar(1, step);
        if (m_isHoltWinters) {
            auto checked = checkFactor("smoothing", first);
            if (checked)
                checked = checkFactor("trend", second);
            if (!checked)
                return tl::unexpected(checked.error());
        }
        return m_function(window, first, second);
    }

private:
    [[nodiscard]] double scalar(std::size_t number, std::size_t step) const
    {
        return number < m_scalars.size() ? m_scalars[number].rows.front().values[step] : 0;
    }

    WindowFunction m_function;
    std::span<const Table> m_scalars;
    bool m_isHoltWinters;
};

Result<void> slideOver(std::vector<double>& row, const Series& series, const RangeVector& range, const WindowCall& call,
    const Steps& steps, Budget& budget)
{
    Slider slider(series, range);
    std::size_t looked = 0;
    for (std::size_t step = 0; step < steps.count; ++step) {
        if (!slider.moveTo(steps.timeMs(step)))
            continue;
        const Window& window = slider.window();
        const auto value = call.at(step, window);
        if (!value)
            return tl::unexpected(value.error());
        row[step] = *value;
        looked += window.values.size();
        if (looked < kSamplesPerCheck)
            continue;
        looked = 0;
        if (auto more = budget.check(); !more)
            return more;
    }
    return {};
}

void slideExtreme(
    std::vector<double>& row, const Series& series, const RangeVector& range, bool largest, const Steps& steps)
{
    Slider slider(series, range);
    RunningExtreme extreme(series.values, largest);
    for (std::size_t step = 0; step < steps.count; ++step) {
        if (slider.moveTo(steps.timeMs(step)))
            row[step] = extreme.of(slider.begin(), slider.end());
    }
}

} // namespace

Result<Table> slide(std::string_view function, const RangeVector& range, std::span<const Table> scalars,
    const Steps& steps, Budget& budget)
{
    const WindowCall call(function, scalars);
    const bool largest = function == "max_over_time";
    // Windows that do not overlap are looked through one by one.
    const bool runs = (largest || function == "min_over_time") && steps.count > 1 && range.rangeMs > steps.everyMs;
    if (!call.exists())
        return fail(ErrorCode::Internal, "no function over a range: " + std::string(function));
    auto held = HeldSamples::take(budget, range.series.size(), steps.count);
    if (!held)
        return tl::unexpected(held.error());
    Table table{{}, false, std::move(*held)};
    table.rows.reserve(range.series.size());
    for (const Series& series : range.series) {
        Row& row = addRow(table, series.labels, steps);
        // The last sample is the series' own; all else is a new thing.
        if (function != "last_over_time")
            removeLabel(row.labels, kMetricName);
        auto done = runs ? Result<void>() : slideOver(row.values, series, range, call, steps, budget);
        if (runs)
            slideExtreme(row.values, series, range, largest, steps);
        if (done)
            done = budget.check();
        if (!done)
            return tl::unexpected(done.error());
    }
    dropEmptyRows(table);
    if (auto distinct = requireDistinctLabels(table); !distinct)
        return tl::unexpected(distinct.error());
    return table;
}

Result<Table> absentOverTime(const RangeVector& range, const Labels& labels, const Steps& steps, Budget& budget)
{
    auto table = Table::scalar(budget, steps, 1);
    if (!table)
        return table;
    table->isScalar = false;
    Row& row = table->rows.front();
    row.labels = labels;
    for (const Series& series : range.series) {
        if (auto more = budget.check(); !more)
            return tl::unexpected(more.error());
        Slider slider(series, range);
        for (std::size_t step = 0; step < steps.count; ++step) {
            if (slider.moveTo(steps.timeMs(step)))
                row.values[step] = kAbsent;
        }
    }
    dropEmptyRows(*table);
    return table;
}

} // namespace sextant::promql

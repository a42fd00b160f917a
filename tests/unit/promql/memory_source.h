// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/series_source.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sextant::promql {

/// Series held in memory, for tests and for comparisons with other implementations. Remembers the hints it was given.
class MemorySource final : public SeriesSource {
public:
    MemorySource() = default;
    explicit MemorySource(std::vector<Series> series) : m_series(std::move(series)) {}

    void add(Series series) { m_series.push_back(std::move(series)); }

    [[nodiscard]] Result<std::vector<Series>> select(
        std::span<const Matcher> matchers, const SelectHints& hints, Budget& budget) const override
    {
        m_hints.push_back(hints);
        std::vector<Series> selected;
        for (const Series& series : m_series) {
            const bool fits = std::ranges::all_of(matchers,
                [&](const Matcher& matcher) { return matcher.matches(labelValue(series.labels, matcher.label())); });
            if (!fits)
                continue;
            Series part = between(series, hints.fromMs, hints.toMs);
            if (part.timesMs.empty())
                continue;
            if (auto taken = budget.addSamples(part.timesMs.size()); !taken)
                return tl::unexpected(taken.error());
            selected.push_back(std::move(part));
        }
        return selected;
    }

    [[nodiscard]] const std::vector<SelectHints>& hints() const { return m_hints; }

private:
    static Series between(const Series& series, std::int64_t fromMs, std::int64_t toMs)
    {
        const auto first = std::ranges::lower_bound(series.timesMs, fromMs) - series.timesMs.begin();
        const auto last = std::max(std::ranges::upper_bound(series.timesMs, toMs) - series.timesMs.begin(), first);
        Series part;
        part.labels = series.labels;
        part.timesMs.assign(series.timesMs.begin() + first, series.timesMs.begin() + last);
        part.values.assign(series.values.begin() + first, series.values.begin() + last);
        if (!series.weights.empty())
            part.weights.assign(series.weights.begin() + first, series.weights.begin() + last);
        return part;
    }

    std::vector<Series> m_series;
    mutable std::vector<SelectHints> m_hints;
};

} // namespace sextant::promql

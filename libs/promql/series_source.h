// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "metrics/stale.h"
#include "promql/budget.h"
#include "promql/labels.h"
#include "promql/matcher.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sextant::promql {

/// The bits of metrics/stale.h as a double; any other NaN is a value.
[[nodiscard]] inline bool isStale(double value)
{
    return std::bit_cast<std::uint64_t>(value) == metrics::kStaleBits;
}
[[nodiscard]] inline double staleMarker()
{
    return std::bit_cast<double>(metrics::kStaleBits);
}

/// What a query is going to do with the samples, so that a source can read them in its cheapest form.
struct SelectHints {
    std::int64_t fromMs = 0;     ///< the first time whose sample may be looked at
    std::int64_t toMs = 0;       ///< and the last, included
    std::int64_t stepMs = 0;     ///< between two evaluations; 0: there is one
    std::int64_t rangeMs = 0;    ///< of a range selector; 0: an instant vector selector
    std::string_view function{}; ///< over the selector directly (`rate`, `max_over_time`, `sum`…); empty: none
};

/// The samples of one series in order of time, no time twice.
///
/// A source that keeps rollups may give one sample per bucket in place of those in it, where `hints.function` says
/// what the bucket has to stand for (its last value, maximum, increase…) and the range holds many buckets. Then
/// `weights` says how many samples each one stands for; empty: one.
struct Series {
    Labels labels;
    std::vector<std::int64_t> timesMs;
    std::vector<double> values;
    std::vector<double> weights{};
};

/// Where the evaluator gets series from. Called on the evaluating thread.
class SeriesSource {
public:
    SeriesSource() = default;
    virtual ~SeriesSource() = default;
    SeriesSource(const SeriesSource&) = delete;
    SeriesSource& operator=(const SeriesSource&) = delete;

    /// The series that fulfil all matchers and have a sample in [fromMs, toMs], in any order, no label set twice.
    /// Counts what it loads on the budget while it loads it. Errors: those of the budget and of the store.
    [[nodiscard]] virtual Result<std::vector<Series>> select(
        std::span<const Matcher> matchers, const SelectHints& hints, Budget& budget) const = 0;
};

} // namespace sextant::promql

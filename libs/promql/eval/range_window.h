// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/series_source.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sextant::promql {

/// The samples of one series that lie in the range of one step, both ends included. Never empty.
struct Window {
    std::span<const std::int64_t> timesMs;
    std::span<const double> values;
    std::span<const double> weights; ///< how many samples each one stands for; empty: one
    /// Where a value is smaller than the one before it, as far as both lie in the window: places in `values`, counted
    /// from `resetsFrom`.
    std::span<const std::size_t> resets;
    std::size_t resetsFrom = 0;
    std::int64_t rangeMs = 0;
    std::int64_t endMs = 0;                 ///< of the range
    std::int64_t stepMs = 0;                ///< the time of the step
    std::vector<double>* scratch = nullptr; ///< memory that is kept from window to window
};

/// What a function makes of a window; kAbsent where it gives nothing. `first` and `second` are its scalar arguments.
using WindowFunction = double (*)(const Window& window, double first, double second);

/// Null when there is none of that name.
[[nodiscard]] WindowFunction findRateFunction(std::string_view name);     ///< rate, deriv, predict_linear…
[[nodiscard]] WindowFunction findOverTimeFunction(std::string_view name); ///< avg_over_time, resets…

} // namespace sextant::promql

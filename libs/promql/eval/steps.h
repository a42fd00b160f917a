// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/checked.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace sextant::promql {

/// a − b, or the nearest time that there is.
[[nodiscard]] inline std::int64_t earlier(std::int64_t a, std::int64_t b)
{
    std::int64_t difference = 0;
    if (metrics::subtractOverflows(a, b, difference))
        return b > 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
    return difference;
}

/// The times at which a part of a query is evaluated: `count` times from startMs on, `everyMs` apart.
struct Steps {
    std::int64_t startMs = 0;
    std::int64_t everyMs = 1;
    std::size_t count = 1;

    /// Those from startMs to endMs, both included; none when endMs lies before.
    [[nodiscard]] static Steps between(std::int64_t startMs, std::int64_t endMs, std::int64_t everyMs)
    {
        if (endMs < startMs)
            return {startMs, everyMs, 0};
        return {startMs, everyMs, static_cast<std::size_t>(earlier(endMs, startMs) / everyMs) + 1};
    }
    [[nodiscard]] std::int64_t timeMs(std::size_t step) const
    {
        return startMs + static_cast<std::int64_t>(step) * everyMs;
    }
    [[nodiscard]] std::int64_t lastMs() const { return timeMs(count - 1); }
    [[nodiscard]] Steps first() const { return {startMs, everyMs, 1}; }
};

/// The time that a selector looks at: that of the step, or that of `@`, less the offset.
struct Reference {
    std::int64_t offsetMs = 0;
    std::optional<std::int64_t> atMs;

    [[nodiscard]] std::int64_t timeMs(std::int64_t stepMs) const { return earlier(atMs.value_or(stepMs), offsetMs); }
};

} // namespace sextant::promql

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sextant::agent {

/// Whether a tick at `timeMs` is the next one of what is done once in `interval`: the first, one that far from the
/// last, and one before it, for then the clock was set back.
[[nodiscard]] inline bool isDue(
    std::optional<std::int64_t> lastMs, std::int64_t timeMs, std::chrono::milliseconds interval)
{
    return !lastMs || timeMs < *lastMs || timeMs - *lastMs >= interval.count();
}

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace sextant::platform::parse {

/// Windows counts time in 100 ns. What is past 292 years is no time that passed and stays at that; neither is one
/// below 0.
using WindowsTicks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

[[nodiscard]] inline std::chrono::nanoseconds durationOf(std::int64_t ticks)
{
    return WindowsTicks(std::clamp<std::int64_t>(ticks, 0, std::numeric_limits<std::int64_t>::max() / 100));
}

/// A moment, counted from 1601. Nothing where there is none (0: what was there before the clock), and outside of 1970
/// to 2261: nanoseconds would run over.
[[nodiscard]] inline std::optional<std::chrono::system_clock::time_point> momentOf(std::int64_t ticks)
{
    constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;
    constexpr std::int64_t kLast = kUnixEpoch + std::numeric_limits<std::int64_t>::max() / 100;
    if (ticks < kUnixEpoch || ticks >= kLast)
        return std::nullopt;
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(WindowsTicks(ticks - kUnixEpoch)));
}

} // namespace sextant::platform::parse

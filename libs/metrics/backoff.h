// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace sextant::metrics {

/// How long to wait after failures in a row: 1 s, doubled each time up to 60 s, or as long as is said of what has more
/// time or less, each time spread by ±25 % so that a fleet does not come back in step. What the other side asked for
/// (Retry-After) is a lower bound, up to 10 min, spread upwards only. Pure but for the dice that it is given. One
/// thread.
class Backoff {
public:
    using Milliseconds = std::chrono::milliseconds;
    using Dice = std::function<double()>; ///< evenly in [0, 1)

    static constexpr Milliseconds kFirst{1'000};
    static constexpr Milliseconds kLongest{60'000};
    static constexpr Milliseconds kLongestAsked{600'000};

    explicit Backoff(Dice dice, Milliseconds first = kFirst, Milliseconds longest = kLongest)
        : m_dice(std::move(dice)), m_first(first), m_longest(longest), m_current(first)
    {
    }

    /// The wait after one more failure.
    [[nodiscard]] Milliseconds next(std::optional<Milliseconds> retryAfter = std::nullopt);
    /// It worked: begin with the first wait again.
    void reset() { m_current = m_first; }

private:
    Dice m_dice;
    Milliseconds m_first;
    Milliseconds m_longest;
    Milliseconds m_current;
};

} // namespace sextant::metrics

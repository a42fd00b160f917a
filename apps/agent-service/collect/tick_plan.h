// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sextant::agent {

/// What the clocks show at one moment. `elapsed` only goes forward, also while the machine sleeps; `wallMs` (Unix) can
/// be set to anything by anybody.
struct ClockReading {
    std::int64_t wallMs = 0;
    std::chrono::milliseconds elapsed{0};
};

/// Says when to collect: at once, again a second later (shares of time need two readings), and from then on whenever
/// the wall clock passes a multiple of the interval, so that the ticks of all hosts fall together. A clock that is set,
/// a sleep of the machine and a busy machine are all the same to it: it looks at the clock whenever it is woken and
/// decides afresh. No two ticks have the same multiple unless the clock was set back by more than an interval. Pure:
/// clocks are arguments.
class TickPlan {
public:
    static constexpr std::chrono::milliseconds kSecondReading{1'000};
    /// Longest sleep between two looks at the clock: a clock that is set forward is noticed within this time.
    static constexpr std::chrono::milliseconds kLongestSleep{10'000};

    struct Decision {
        std::optional<std::int64_t> tickMs; ///< collect now, with this time
        std::chrono::milliseconds wait{0};  ///< then look again after this time
        std::uint64_t missed = 0;           ///< ticks that should have been since the last one and were not
    };

    explicit TickPlan(std::chrono::milliseconds interval) : m_intervalMs(interval.count()) {}

    [[nodiscard]] Decision look(const ClockReading& now);

private:
    [[nodiscard]] Decision tick(const ClockReading& now, std::int64_t timeMs);
    [[nodiscard]] std::uint64_t missedSince(const ClockReading& now, std::int64_t timeMs) const;
    [[nodiscard]] std::int64_t multipleAfter(std::int64_t wallMs) const;
    [[nodiscard]] Decision waitFor(const ClockReading& now) const;

    std::int64_t m_intervalMs;
    int m_ticks = 0; ///< the first two are special; not counted further
    std::int64_t m_nextMs = 0;
    ClockReading m_last;
};

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace sextant::metrics {

/// One reading of a counter: when (Unix milliseconds) and how much (scaled, as stored).
struct CounterReading {
    std::int64_t timeMs = 0;
    std::int64_t value = 0;
};

/// How a counter came from one reading to the next.
enum class CounterStep {
    Advance, ///< grew or stayed
    Reset,   ///< fell: the machine, driver or program started again; what it counted since is its new value
    Wrap,    ///< fell from near the top of its width: it ran over
    Gap,     ///< too much time between the readings to say
    Stale,   ///< no time passed, or time went back: there is nothing to say
};

/// What happened between two readings of one counter.
struct CounterDelta {
    CounterStep step = CounterStep::Stale;
    std::int64_t increase = 0;  ///< ≥ 0; 0 for Gap and Stale
    std::int64_t elapsedMs = 0; ///< > 0 unless Stale
};

/// Rules for reading a counter. Width: bits of the counter in its source; 64 means that it never runs over in practice.
struct CounterRules {
    unsigned widthBits = 64;            ///< 32 or 64
    std::int64_t maxGapMs = std::int64_t{5} * 60'000; ///< readings farther apart than this are not joined
};

/// The step from `previous` to `current`. A fall counts as Wrap only for a 32-bit counter that was in the top quarter
/// of its range and is in the bottom quarter now; every other fall is a Reset.
[[nodiscard]] CounterDelta counterDelta(
    CounterReading previous, CounterReading current, const CounterRules& rules = {});

/// Increase per second of the scaled value, or nothing for Gap and Stale.
[[nodiscard]] std::optional<double> counterRate(
    CounterReading previous, CounterReading current, const CounterRules& rules = {});

} // namespace sextant::metrics

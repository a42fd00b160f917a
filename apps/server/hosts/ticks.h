// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "server/hosts/host_state.h"

#include <algorithm>
#include <cstdint>
#include <map>

namespace sextant::server {

/// Times of ticks, each with the shortest interval among its frames: a family that is read every minute covers no
/// minute of those that are read every second.
using Ticks = std::map<std::int64_t, std::uint32_t>;

inline void addTick(Ticks& ticks, std::int64_t timeMs, const metrics::Frame& frame)
{
    const std::uint32_t interval = frame.intervalMs() != 0 ? frame.intervalMs() : kUsualIntervalMs;
    const auto [tick, isNew] = ticks.try_emplace(timeMs, interval);
    tick->second = std::min(tick->second, interval);
}

/// What a wrong clock of its host did to a batch.
struct WrongClock {
    std::int64_t aheadMs = 0; ///< of the server's when the batch was sent; 0: it is right, or nobody knows
    Ticks refused;            ///< ticks that were left out for it, by the server's clock
};

} // namespace sextant::server

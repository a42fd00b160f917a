// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/tick_plan.h"

#include <algorithm>

namespace sextant::agent {

using std::chrono::milliseconds;

TickPlan::Decision TickPlan::look(const ClockReading& now)
{
    if (m_ticks == 0)
        return tick(now, now.wallMs);
    // The second reading counts by the clock that nobody can set.
    if (m_ticks == 1 && now.elapsed - m_last.elapsed >= kSecondReading)
        return tick(now, now.wallMs);
    if (m_nextMs - now.wallMs > m_intervalMs)
        m_nextMs = multipleAfter(now.wallMs); // the clock was set back
    if (m_ticks > 1 && now.wallMs >= m_nextMs)
        return tick(now, now.wallMs / m_intervalMs * m_intervalMs);
    return waitFor(now);
}

TickPlan::Decision TickPlan::tick(const ClockReading& now, std::int64_t timeMs)
{
    const std::uint64_t missed = m_ticks > 1 ? missedSince(now, timeMs) : 0;
    m_ticks = std::min(m_ticks + 1, 2);
    m_last = now;
    m_nextMs = multipleAfter(timeMs);
    Decision decision = waitFor(now);
    decision.tickMs = timeMs;
    decision.missed = missed;
    return decision;
}

std::uint64_t TickPlan::missedSince(const ClockReading& now, std::int64_t timeMs) const
{
    // A clock that was set forward passes over many multiples in no time: nothing was missed then.
    const std::int64_t byWall = (timeMs - m_nextMs) / m_intervalMs;
    const std::int64_t byElapsed = (now.elapsed - m_last.elapsed).count() / m_intervalMs - 1;
    return static_cast<std::uint64_t>(std::max<std::int64_t>(std::min(byWall, byElapsed), 0));
}

std::int64_t TickPlan::multipleAfter(std::int64_t wallMs) const
{
    return (wallMs / m_intervalMs + 1) * m_intervalMs;
}

TickPlan::Decision TickPlan::waitFor(const ClockReading& now) const
{
    milliseconds wait(m_nextMs - now.wallMs);
    if (m_ticks == 1)
        wait = m_last.elapsed + kSecondReading - now.elapsed;
    return {std::nullopt, std::clamp(wait, milliseconds(1), kLongestSleep), 0};
}

} // namespace sextant::agent

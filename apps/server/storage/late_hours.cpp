// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/late_hours.h"

namespace sextant::server {

void LateHours::came(HostId host, std::int64_t hourMs, std::int64_t nowMs)
{
    const std::lock_guard lock(m_mutex);
    const auto [hour, isNew] = m_hours.try_emplace({host.value, hourMs}, Times{nowMs, nowMs});
    hour->second.lastMs = nowMs;
}

std::set<LateHours::Hour> LateHours::waiting(std::int64_t nowMs, std::int64_t quietMs) const
{
    const std::lock_guard lock(m_mutex);
    std::set<Hour> waiting;
    const auto within = [nowMs](std::int64_t sinceMs, std::int64_t ms) {
        return sinceMs <= nowMs && nowMs < sinceMs + ms; // a clock that was set back makes nobody wait
    };
    for (const auto& [hour, times] : m_hours) {
        if (within(times.lastMs, quietMs) && within(times.firstMs, kMostQuietTimes * quietMs))
            waiting.insert(hour);
    }
    return waiting;
}

void LateHours::forget(HostId host, std::int64_t hourMs)
{
    const std::lock_guard lock(m_mutex);
    m_hours.erase({host.value, hourMs});
}

} // namespace sextant::server

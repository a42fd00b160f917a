// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/push_groups.h"

#include "metrics/stale.h"

#include <algorithm>
#include <bit>
#include <set>

namespace sextant::server {
namespace {

constexpr std::int64_t kSweepMs = 60'000;

} // namespace

std::int64_t PushGroups::timeFor(HostId host, const metrics::Labels& grouping, std::int64_t nowMs)
{
    const std::lock_guard lock(m_mutex);
    forgetOld(nowMs);
    std::int64_t& usedMs = m_groups[{host.value, grouping}].usedMs;
    usedMs = std::clamp(usedMs + 1, nowMs, nowMs + kMaxAheadMs);
    return usedMs;
}

std::vector<SampleSeries> PushGroups::replace(HostId host, const metrics::Labels& grouping, Loses loses,
    const std::vector<SampleSeries>& pushed, std::int64_t atMs)
{
    LastTimes now;
    std::set<std::string> names;
    for (const SampleSeries& series : pushed) {
        SeriesKey key{series.name, series.labels};
        if (!metrics::arrange(key.second)) // is refused
            continue;
        names.insert(series.name);
        std::int64_t& lastMs = now[std::move(key)];
        for (const Sample& sample : series.samples)
            lastMs = std::max(lastMs, sample.timeMs);
    }
    const std::lock_guard lock(m_mutex);
    Group& group = m_groups[{host.value, grouping}];
    m_held -= group.series.size();
    std::vector<SampleSeries> markers;
    for (const auto& [key, lastMs] : group.series) {
        if (lastMs < atMs - kLookBackMs)
            continue;
        if (const auto again = now.find(key); again != now.end())
            again->second = std::max(again->second, lastMs);
        else if (loses == Loses::SameNames && !names.contains(key.first))
            now.emplace(key, lastMs);
        else
            markers.push_back(
                {0, key.first, key.second, {{std::max(atMs, lastMs + 1), std::bit_cast<double>(metrics::kStaleBits)}}});
    }
    while (now.size() > kMaxSeries - m_held)
        now.erase(std::prev(now.end()));
    group.series = std::move(now);
    m_held += group.series.size();
    return markers;
}

void PushGroups::takeBack(HostId host, const metrics::Labels& grouping, const std::vector<SampleSeries>& markers)
{
    const std::lock_guard lock(m_mutex);
    Group& group = m_groups[{host.value, grouping}];
    for (const SampleSeries& marker : markers) {
        if (m_held < kMaxSeries &&
            group.series.try_emplace({marker.name, marker.labels}, marker.samples[0].timeMs - 1).second)
            ++m_held;
    }
}

void PushGroups::forgetOld(std::int64_t nowMs)
{
    if (nowMs - m_sweptMs < kSweepMs && nowMs >= m_sweptMs)
        return;
    m_sweptMs = nowMs;
    std::erase_if(m_groups, [&](const auto& entry) {
        const bool isOld = entry.second.usedMs < nowMs - kLookBackMs;
        m_held -= isOld ? entry.second.series.size() : 0;
        return isOld;
    });
}

} // namespace sextant::server

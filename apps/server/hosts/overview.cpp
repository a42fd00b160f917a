// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/overview.h"

#include "server/hosts/host_registry.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kDownAfterMs = 60'000;

} // namespace

std::string_view healthName(HostHealth health)
{
    switch (health) {
    case HostHealth::Unknown:
        return "unknown";
    case HostHealth::Ok:
        return "ok";
    case HostHealth::Late:
        return "late";
    case HostHealth::Down:
        return "down";
    }
    return "unknown";
}

HostHealth healthAt(std::int64_t nowMs, std::optional<std::int64_t> lastSeenMs, std::uint32_t intervalMs)
{
    if (!lastSeenMs)
        return HostHealth::Unknown;
    const std::int64_t interval = intervalMs != 0 ? intervalMs : kUsualIntervalMs;
    const std::int64_t silence = nowMs - *lastSeenMs;
    if (silence >= std::max(6 * interval, kDownAfterMs))
        return HostHealth::Down;
    return 2 * silence >= 5 * interval ? HostHealth::Late : HostHealth::Ok;
}

void Overview::TrendRing::add(const CpuReading& reading)
{
    if (reading.timeMs < 0)
        return;
    const std::int64_t number = reading.timeMs / CpuTrend::kStepMs;
    Minute& minute = minutes[static_cast<std::size_t>(number) % minutes.size()];
    if (number < minute.number)
        return; // older than the hour that the ring holds
    if (number > minute.number)
        minute = {number, 0, 0};
    minute.sum += reading.usagePercent;
    ++minute.count;
}

CpuTrend Overview::TrendRing::read(std::int64_t nowMs) const
{
    CpuTrend trend;
    const std::int64_t first = nowMs / CpuTrend::kStepMs - static_cast<std::int64_t>(CpuTrend::kSteps) + 1;
    trend.fromMs = first * CpuTrend::kStepMs;
    for (std::size_t i = 0; i < trend.values.size(); ++i) {
        const std::int64_t number = first + static_cast<std::int64_t>(i);
        const Minute& minute = minutes[static_cast<std::size_t>(number) % minutes.size()];
        trend.values[i] = minute.number == number && minute.count > 0 ? minute.sum / minute.count
                                                                      : std::numeric_limits<double>::quiet_NaN();
    }
    return trend;
}

Overview::Overview(const HostRegistry& registry, Clock clock) : m_registry(registry), m_clock(std::move(clock)) {}

void Overview::restore(const std::vector<StoredHostState>& states)
{
    const std::unique_lock lock(m_mutex);
    for (const StoredHostState& stored : states)
        m_entries[stored.host].state = stored.state;
    ++m_version;
}

HostState Overview::state(HostId host) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.find(host);
    return found == m_entries.end() ? HostState{} : found->second.state;
}

void Overview::update(HostId host, const HostState& state)
{
    const std::unique_lock lock(m_mutex);
    m_entries[host].state = state;
    ++m_version;
}

void Overview::addReadings(HostId host, std::span<const CpuReading> readings)
{
    if (readings.empty())
        return;
    const std::unique_lock lock(m_mutex);
    Entry& entry = m_entries[host];
    for (const CpuReading& reading : readings)
        entry.trend.add(reading);
    ++m_version;
}

OverviewHost Overview::compose(const HostFacts& facts, std::int64_t nowMs, bool trend) const
{
    OverviewHost host{facts.id, facts.description, HostHealth::Unknown, {}, {}};
    static const Entry kNothing{};
    const auto found = m_entries.find(facts.id);
    const Entry& entry = found == m_entries.end() ? kNothing : found->second;
    host.state = entry.state;
    host.health = healthAt(nowMs, host.state.lastSeenMs, host.state.intervalMs);
    if (trend)
        host.trend = entry.trend.read(nowMs);
    return host;
}

std::vector<OverviewHost> Overview::hosts(bool trend) const
{
    const std::vector<HostFacts> known = m_registry.list();
    const std::int64_t now = m_clock();
    std::vector<OverviewHost> hosts;
    hosts.reserve(known.size());
    const std::shared_lock lock(m_mutex);
    for (const HostFacts& facts : known)
        hosts.push_back(compose(facts, now, trend));
    return hosts;
}

std::optional<OverviewHost> Overview::host(HostId id) const
{
    const auto facts = m_registry.find(id);
    if (!facts)
        return std::nullopt;
    const std::shared_lock lock(m_mutex);
    return compose(*facts, m_clock(), true);
}

std::uint64_t Overview::version() const
{
    const std::shared_lock lock(m_mutex);
    return m_version;
}

} // namespace sextant::server

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
    const auto steps = static_cast<std::int64_t>(minutes.size());
    const std::int64_t number = reading.timeMs / CpuTrend::kStepMs;
    if (reading.timeMs < 0 || number <= newest - steps)
        return; // older than the hour that the ring holds
    for (newest = std::max(newest, number - steps); newest < number;)
        minutes[static_cast<std::size_t>(++newest % steps)] = {};
    Minute& minute = minutes[static_cast<std::size_t>(number % steps)];
    minute.sum += static_cast<float>(reading.usagePercent);
    ++minute.count;
}

CpuTrend Overview::TrendRing::read(std::int64_t nowMs) const
{
    CpuTrend trend;
    const auto steps = static_cast<std::int64_t>(minutes.size());
    std::int64_t number = nowMs / CpuTrend::kStepMs - steps + 1;
    trend.fromMs = number * CpuTrend::kStepMs;
    auto place = static_cast<std::size_t>(number % steps);
    for (double& value : trend.values) {
        const Minute& minute = minutes[place];
        const bool isKnown = minute.count > 0 && number <= newest && number > newest - steps;
        value = isKnown ? static_cast<double>(minute.sum) / minute.count : std::numeric_limits<double>::quiet_NaN();
        ++number;
        place = place + 1 == minutes.size() ? 0 : place + 1;
    }
    return trend;
}

Overview::Overview(const HostRegistry& registry, Clock clock) : m_registry(registry), m_clock(std::move(clock)) {}

void Overview::restore(const std::vector<StoredHostState>& states)
{
    const std::unique_lock lock(m_mutex);
    for (const StoredHostState& stored : states) {
        Entry& entry = m_entries[stored.host];
        entry.state = stored.state;
        entry.revision = ++m_revision;
    }
}

HostState Overview::state(HostId host) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.find(host);
    return found == m_entries.end() ? HostState{} : found->second.state;
}

metrics::Labels Overview::tags(HostId host) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.find(host);
    return found == m_entries.end() ? metrics::Labels() : found->second.state.tags;
}

void Overview::update(HostId host, const HostState& state)
{
    const std::unique_lock lock(m_mutex);
    Entry& entry = m_entries[host];
    entry.state = state;
    entry.revision = ++m_revision;
}

void Overview::noteClock(HostId host, std::int64_t aheadMs)
{
    const std::unique_lock lock(m_mutex);
    Entry& entry = m_entries[host];
    const auto before = entry.clock.wrongByMs();
    entry.clock.add(aheadMs);
    if (entry.clock.wrongByMs() != before)
        entry.revision = ++m_revision;
}

std::optional<std::int64_t> Overview::clockAheadMs(HostId host) const
{
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.find(host);
    return found == m_entries.end() ? std::nullopt : found->second.clock.aheadMs();
}

void Overview::addReadings(HostId host, std::span<const CpuReading> readings)
{
    if (readings.empty())
        return;
    const std::unique_lock lock(m_mutex);
    Entry& entry = m_entries[host];
    for (const CpuReading& reading : readings)
        entry.trend.add(reading);
}

void Overview::compose(const HostFacts& facts, std::int64_t nowMs, bool trend, OverviewHost& host) const
{
    host.id = facts.id;
    host.description = facts.description;
    static const Entry kNothing{};
    const std::shared_lock lock(m_mutex);
    const auto found = m_entries.find(facts.id);
    const Entry& entry = found == m_entries.end() ? kNothing : found->second;
    host.state = entry.state;
    host.revision = entry.revision;
    host.clockAheadMs = entry.clock.wrongByMs();
    host.health = healthAt(nowMs, host.state.lastSeenMs, host.state.intervalMs);
    if (trend)
        host.trend = entry.trend.read(nowMs);
}

void Overview::visitHosts(bool trend, const std::function<void(const OverviewHost&)>& visit) const
{
    const HostRegistry::HostList known = m_registry.list();
    const std::int64_t now = m_clock();
    OverviewHost host;
    for (const HostFacts& facts : *known) {
        if (facts.kind == HostKind::Source)
            continue;
        compose(facts, now, trend, host);
        visit(host);
    }
}

std::optional<OverviewHost> Overview::host(HostId id) const
{
    const auto facts = m_registry.find(id);
    if (!facts)
        return std::nullopt;
    OverviewHost host;
    compose(*facts, m_clock(), true, host);
    return host;
}

} // namespace sextant::server

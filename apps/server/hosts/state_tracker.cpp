// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/state_tracker.h"

#include "metrics/counter.h"
#include "metrics/families.h"
#include "server/storage/store.h"

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

using metrics::column;
using metrics::Frame;

void applyCpu(const Frame& frame, HostState& state)
{
    state.cpuTimeMs = frame.timeMs();
    state.cpuPercent = frame.number(0, column("cpu", "usage_percent"));
    state.load1 = frame.number(0, column("cpu", "load1"));
    state.cores = frame.number(0, column("cpu", "logical_count"));
}

void applyMemory(const Frame& frame, HostState& state)
{
    state.memoryTimeMs = frame.timeMs();
    state.memoryPercent = frame.number(0, column("memory", "used_percent"));
    state.memoryUsedBytes = frame.number(0, column("memory", "used_bytes"));
    state.memoryTotalBytes = frame.number(0, column("memory", "total_bytes"));
}

void applySystem(const Frame& frame, HostState& state)
{
    state.systemTimeMs = frame.timeMs();
    state.uptimeSeconds = frame.number(0, column("system", "uptime_seconds"));
}

bool isSet(const Frame& frame, std::size_t row, metrics::ColumnRef flag)
{
    return frame.number(row, flag).value_or(0) != 0;
}

void applyDisks(const Frame& frame, HostState& state)
{
    state.diskTimeMs = frame.timeMs();
    state.disk.reset();
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        const auto used = frame.number(row, column("disk", "used_percent"));
        const bool counts =
            used && !isSet(frame, row, column("disk", "read_only")) && !isSet(frame, row, column("disk", "remote"));
        if (!counts || (state.disk && *state.disk->usedPercent >= *used))
            continue;
        state.disk = FullestDisk{frame.labels(row)[0], used, frame.number(row, column("disk", "used_bytes")),
            frame.number(row, column("disk", "total_bytes"))};
    }
}

/// How much an interface counts for the host's traffic: physical ones do; loopback never while there is anything else.
enum class Role { Loopback, Virtual, Physical };

Role roleOf(const Frame& frame, std::size_t row)
{
    if (isSet(frame, row, column("network", "loopback")))
        return Role::Loopback;
    return isSet(frame, row, column("network", "virtual")) ? Role::Virtual : Role::Physical;
}

std::vector<std::size_t> countedInterfaces(const Frame& frame)
{
    std::vector<std::size_t> physical;
    std::vector<std::size_t> others;
    for (std::size_t row = 0; row < frame.rowCount(); ++row) {
        const Role role = roleOf(frame, row);
        if (role == Role::Physical)
            physical.push_back(row);
        else if (role == Role::Virtual)
            others.push_back(row);
    }
    return physical.empty() ? others : physical;
}

} // namespace

void StateTracker::applyNetwork(HostId host, const Frame& frame, HostState& state)
{
    constexpr auto kReceive = column("network", "receive_bytes_total");
    constexpr auto kTransmit = column("network", "transmit_bytes_total");
    state.networkTimeMs = frame.timeMs();
    NetworkBefore& before = m_network[host];
    if (frame.timeMs() <= before.timeMs)
        return; // seen before, in a batch that could not be stored then
    NetworkBefore now{frame.timeMs(), {}};
    const metrics::CounterRules rules{.widthBits = 64, .maxGapMs = joinWithinMs(frame.intervalMs())};
    double receive = 0;
    double transmit = 0;
    bool known = false;
    for (const std::size_t row : countedInterfaces(frame)) {
        const metrics::Value in = frame.at(row, kReceive);
        const metrics::Value out = frame.at(row, kTransmit);
        if (in.isAbsent() || out.isAbsent())
            continue;
        const std::string& name = frame.labels(row)[0];
        now.interfaces[name] = {in.scaled(), out.scaled()};
        const auto previous = before.interfaces.find(name);
        if (previous == before.interfaces.end())
            continue;
        const auto inRate =
            metrics::counterRate({before.timeMs, previous->second.receive}, {now.timeMs, in.scaled()}, rules);
        const auto outRate =
            metrics::counterRate({before.timeMs, previous->second.transmit}, {now.timeMs, out.scaled()}, rules);
        if (!inRate || !outRate)
            continue;
        known = true;
        receive += *inRate;
        transmit += *outRate;
    }
    // The first frame after a start has nothing to compare with: what was last known stands until the next one.
    if (known) {
        state.receiveBytesPerSecond = receive;
        state.transmitBytesPerSecond = transmit;
    } else if (before.timeMs != 0) {
        state.receiveBytesPerSecond.reset();
        state.transmitBytesPerSecond.reset();
    }
    before = std::move(now);
}

void StateTracker::apply(HostId host, std::span<const Frame> frames, std::int64_t receivedMs, HostState& state,
    std::optional<std::int64_t> sentMs)
{
    state.lastSeenMs = std::max(state.lastSeenMs.value_or(receivedMs), receivedMs);
    if (sentMs)
        forgetAfter(host, *sentMs, state);
    std::int64_t newest =
        std::max({state.cpuTimeMs, state.memoryTimeMs, state.diskTimeMs, state.networkTimeMs, state.systemTimeMs});
    for (const Frame& frame : frames) {
        if (frame.intervalMs() != 0 && frame.timeMs() >= newest) {
            newest = frame.timeMs();
            state.intervalMs = frame.intervalMs();
        }
        if (frame.rowCount() == 0)
            continue;
        const metrics::Family& family = frame.family();
        const std::int64_t time = frame.timeMs();
        if (&family == &metrics::family("cpu") && time > state.cpuTimeMs)
            applyCpu(frame, state);
        else if (&family == &metrics::family("memory") && time > state.memoryTimeMs)
            applyMemory(frame, state);
        else if (&family == &metrics::family("disk") && time > state.diskTimeMs)
            applyDisks(frame, state);
        else if (&family == &metrics::family("network") && time > state.networkTimeMs)
            applyNetwork(host, frame, state);
        else if (&family == &metrics::family("system") && time > state.systemTimeMs)
            applySystem(frame, state);
    }
}

void StateTracker::forgetAfter(HostId host, std::int64_t timeMs, HostState& state)
{
    for (std::int64_t* known : {&state.cpuTimeMs, &state.memoryTimeMs, &state.diskTimeMs, &state.networkTimeMs,
             &state.systemTimeMs, &state.tagsTimeMs}) {
        if (*known > timeMs)
            *known = 0; // the numbers stay until there are others
    }
    if (const auto network = m_network.find(host); network != m_network.end() && network->second.timeMs > timeMs)
        m_network.erase(network);
}

void StateTracker::applyTags(std::span<const Frame> frames, const metrics::Labels& tags, HostState& state)
{
    const auto newest = std::ranges::max_element(frames, {}, &Frame::timeMs);
    if (newest == frames.end() || newest->timeMs() <= state.tagsTimeMs)
        return;
    state.tagsTimeMs = newest->timeMs();
    state.tags = tags;
}

std::vector<CpuReading> StateTracker::cpuReadings(std::span<const Frame> frames)
{
    std::vector<CpuReading> readings;
    for (const Frame& frame : frames) {
        if (&frame.family() != &metrics::family("cpu") || frame.rowCount() == 0)
            continue;
        if (const auto usage = frame.number(0, column("cpu", "usage_percent")))
            readings.push_back({frame.timeMs(), *usage});
    }
    return readings;
}

} // namespace sextant::server

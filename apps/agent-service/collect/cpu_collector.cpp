// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/cpu_collector.h"

#include <algorithm>

namespace sextant::agent {

using metrics::column;

namespace {

using Previous = std::optional<platform::CpuReading>;

void setShares(metrics::Frame& frame, std::size_t row, const platform::CpuShares& shares)
{
    frame.set(row, column("cpu", "usage_percent"), shares.usage);
    frame.set(row, column("cpu", "user_percent"), shares.user);
    frame.set(row, column("cpu", "nice_percent"), shares.nice);
    frame.set(row, column("cpu", "system_percent"), shares.system);
    frame.set(row, column("cpu", "iowait_percent"), shares.iowait);
    frame.set(row, column("cpu", "irq_percent"), shares.irq);
    frame.set(row, column("cpu", "softirq_percent"), shares.softirq);
    frame.set(row, column("cpu", "steal_percent"), shares.steal);
    frame.set(row, column("cpu", "guest_percent"), shares.guest);
    frame.set(row, column("cpu", "idle_percent"), shares.idle);
}

metrics::Frame machineFrame(const Tick& tick, const platform::CpuReading& reading, const Previous& previous)
{
    metrics::Frame frame(metrics::family("cpu"), tick.timeMs, tick.intervalMs);
    const std::size_t row = frame.addRow();
    if (const auto shares = previous ? platform::cpuUsage(*previous, reading) : std::nullopt)
        setShares(frame, row, *shares);
    const platform::CpuTimes& times = reading.total;
    frame.set(row, column("cpu", "user_seconds_total"), inSeconds(times.user));
    frame.set(row, column("cpu", "nice_seconds_total"), inSeconds(times.nice));
    frame.set(row, column("cpu", "system_seconds_total"), inSeconds(times.system));
    frame.set(row, column("cpu", "idle_seconds_total"), inSeconds(times.idle));
    frame.set(row, column("cpu", "iowait_seconds_total"), inSeconds(times.iowait));
    frame.set(row, column("cpu", "irq_seconds_total"), inSeconds(times.irq));
    frame.set(row, column("cpu", "softirq_seconds_total"), inSeconds(times.softirq));
    frame.set(row, column("cpu", "steal_seconds_total"), inSeconds(times.steal));
    frame.set(row, column("cpu", "guest_seconds_total"), inSeconds(times.guest));
    frame.set(row, column("cpu", "guest_nice_seconds_total"), inSeconds(times.guestNice));
    if (reading.load) {
        frame.set(row, column("cpu", "load1"), reading.load->load1);
        frame.set(row, column("cpu", "load5"), reading.load->load5);
        frame.set(row, column("cpu", "load15"), reading.load->load15);
    }
    frame.set(row, column("cpu", "logical_count"), reading.logicalCount());
    return frame;
}

std::optional<platform::CpuShares> coreShares(const Previous& previous, const platform::CoreTimes& core)
{
    if (!previous)
        return std::nullopt;
    const auto before = std::ranges::find(previous->cores, core.core, &platform::CoreTimes::core);
    return before == previous->cores.end() ? std::nullopt : platform::cpuUsage(before->times, core.times);
}

metrics::Frame coresFrame(const Tick& tick, const platform::CpuReading& reading, const Previous& previous)
{
    metrics::Frame frame(metrics::family("cpu_core"), tick.timeMs, tick.intervalMs);
    for (const platform::CoreTimes& core : reading.cores) {
        const std::size_t row = frame.addRow({std::to_string(core.core)});
        if (const auto shares = coreShares(previous, core))
            frame.set(row, column("cpu_core", "usage_percent"), shares->usage);
        const platform::CpuTimes& times = core.times;
        frame.set(row, column("cpu_core", "user_seconds_total"), inSeconds(times.user));
        frame.set(row, column("cpu_core", "nice_seconds_total"), inSeconds(times.nice));
        frame.set(row, column("cpu_core", "system_seconds_total"), inSeconds(times.system));
        frame.set(row, column("cpu_core", "idle_seconds_total"), inSeconds(times.idle));
        frame.set(row, column("cpu_core", "iowait_seconds_total"), inSeconds(times.iowait));
        frame.set(row, column("cpu_core", "irq_seconds_total"), inSeconds(times.irq));
        frame.set(row, column("cpu_core", "softirq_seconds_total"), inSeconds(times.softirq));
        frame.set(row, column("cpu_core", "steal_seconds_total"), inSeconds(times.steal));
        frame.set(row, column("cpu_core", "guest_seconds_total"), inSeconds(times.guest));
        frame.set(row, column("cpu_core", "guest_nice_seconds_total"), inSeconds(times.guestNice));
    }
    return frame;
}

} // namespace

std::vector<metrics::Frame> cpuFrames(const Tick& tick, const platform::CpuReading& reading, const Previous& previous)
{
    std::vector<metrics::Frame> frames;
    frames.push_back(machineFrame(tick, reading, previous));
    frames.push_back(coresFrame(tick, reading, previous));
    return frames;
}

Result<Collected> CpuCollector::collect(const Tick& tick)
{
    auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    Collected collected{cpuFrames(tick, *reading, m_previous), std::move(reading->warnings)};
    m_previous = std::move(*reading);
    return collected;
}

} // namespace sextant::agent

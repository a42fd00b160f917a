// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/container_collector.h"

namespace sextant::agent {
namespace {

using metrics::column;

void setCells(metrics::Frame& frame, std::size_t row, const platform::Container& container)
{
    frame.set(row, column("container", "cpu_seconds_total"), inSeconds(container.cpuTime));
    frame.set(row, column("container", "cpu_limit_cores"), container.cpuLimit);
    frame.set(row, column("container", "cpu_throttled_seconds_total"), inSeconds(container.throttled));
    frame.set(row, column("container", "memory_used_bytes"), container.memoryUsed);
    frame.set(row, column("container", "memory_limit_bytes"), container.memoryLimit);
    if (container.memoryUsed && container.memoryLimit && *container.memoryLimit > 0)
        frame.set(row, column("container", "memory_used_percent"),
            100.0 * static_cast<double>(*container.memoryUsed) / static_cast<double>(*container.memoryLimit));
    frame.set(row, column("container", "memory_cache_bytes"), container.memoryCache);
    frame.set(row, column("container", "memory_anonymous_bytes"), container.memoryAnonymous);
    frame.set(row, column("container", "swap_used_bytes"), container.swapUsed);
    frame.set(row, column("container", "oom_kills_total"), container.oomKills);
    frame.set(row, column("container", "block_read_bytes_total"), container.readBytes);
    frame.set(row, column("container", "block_write_bytes_total"), container.writeBytes);
    frame.set(row, column("container", "network_receive_bytes_total"), container.receiveBytes);
    frame.set(row, column("container", "network_transmit_bytes_total"), container.transmitBytes);
    frame.set(row, column("container", "pids"), container.pids);
    frame.set(row, column("container", "pids_limit"), container.pidsLimit);
    frame.set(row, column("container", "healthy"), container.healthy);
}

} // namespace

Result<Collected> ContainerCollector::collect(const Tick& tick)
{
    auto reading = m_reader.read();
    std::map<std::string, Used> now;
    if (!reading) {
        m_before.clear();
        return tl::unexpected(reading.error());
    }
    metrics::Frame frame(metrics::family("container"), tick.timeMs, tick.intervalMs);
    for (const platform::Container& container : reading->containers) {
        const std::size_t row = frame.addRow({container.name, container.runtime});
        setCells(frame, row, container);
        if (!container.cpuTime)
            continue;
        now[container.id] = {*container.cpuTime, container.taken};
        const auto before = m_before.find(container.id);
        if (before == m_before.end() || container.taken <= before->second.taken ||
            *container.cpuTime < before->second.cpuTime) // it was started again
            continue;
        frame.set(row, column("container", "cpu_percent"),
            100.0 * inSeconds(*container.cpuTime - before->second.cpuTime) /
                inSeconds(container.taken - before->second.taken));
    }
    m_before = std::move(now);
    return Collected{{std::move(frame)}, std::move(reading->warnings)};
}

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/gpu_collector.h"

namespace sextant::agent {

using metrics::column;

Result<Collected> GpuCollector::collect(const Tick& tick)
{
    const auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    metrics::Frame frame(metrics::family("gpu"), tick.timeMs, tick.intervalMs);
    for (const platform::Gpu& gpu : reading->gpus) {
        const std::size_t row = frame.addRow({gpu.id, gpu.name});
        frame.set(row, column("gpu", "usage_percent"), gpu.usagePercent);
        frame.set(row, column("gpu", "memory_busy_percent"), gpu.memoryBusyPercent);
        frame.set(row, column("gpu", "memory_total_bytes"), gpu.memoryTotal);
        frame.set(row, column("gpu", "memory_used_bytes"), gpu.memoryUsed);
        frame.set(row, column("gpu", "temperature_celsius"), gpu.celsius);
        frame.set(row, column("gpu", "power_watts"), gpu.watts);
        frame.set(row, column("gpu", "power_limit_watts"), gpu.wattsLimit);
        frame.set(row, column("gpu", "fan_percent"), gpu.fanPercent);
        frame.set(row, column("gpu", "clock_hertz"), gpu.clockHertz);
        frame.set(row, column("gpu", "memory_clock_hertz"), gpu.memoryHertz);
    }
    return Collected{{std::move(frame)}, reading->warnings};
}

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/disk_health_collector.h"

#include "agent-service/collect/due.h"
#include "platform/disk_health.h"

namespace sextant::agent {

using metrics::column;

Result<Collected> DiskHealthCollector::collect(const Tick& tick)
{
    if (!isDue(m_lastMs, tick.timeMs, m_interval))
        return Collected{};
    m_lastMs = tick.timeMs;
    const auto reading = platform::readDiskHealth(m_roots);
    if (!reading)
        return tl::unexpected(reading.error());
    metrics::Frame frame(metrics::family("disk_health"), tick.timeMs, static_cast<std::uint32_t>(m_interval.count()));
    for (const platform::DiskHealth& disk : reading->disks) {
        const std::size_t row = frame.addRow({disk.device, disk.model, disk.serial});
        frame.set(row, column("disk_health", "healthy"), disk.healthy);
        frame.set(row, column("disk_health", "asleep"), disk.asleep);
        frame.set(row, column("disk_health", "temperature_celsius"), disk.celsius);
        frame.set(row, column("disk_health", "wear_percent"), disk.wearPercent);
        frame.set(row, column("disk_health", "spare_percent"), disk.sparePercent);
        frame.set(row, column("disk_health", "power_on_seconds_total"), inSeconds(disk.powerOn));
        frame.set(row, column("disk_health", "power_cycles_total"), disk.powerCycles);
        frame.set(row, column("disk_health", "unsafe_shutdowns_total"), disk.unsafeShutdowns);
        frame.set(row, column("disk_health", "media_errors_total"), disk.mediaErrors);
        frame.set(row, column("disk_health", "link_errors_total"), disk.linkErrors);
        frame.set(row, column("disk_health", "reallocated_sectors"), disk.reallocatedSectors);
        frame.set(row, column("disk_health", "pending_sectors"), disk.pendingSectors);
        frame.set(row, column("disk_health", "read_bytes_total"), disk.readBytes);
        frame.set(row, column("disk_health", "write_bytes_total"), disk.writeBytes);
    }
    return Collected{{std::move(frame)}, m_warnings.news(reading->warnings)};
}

} // namespace sextant::agent

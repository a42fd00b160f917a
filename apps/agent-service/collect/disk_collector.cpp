// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/disk_collector.h"

namespace sextant::agent {

using metrics::column;

metrics::Frame diskFrame(const Tick& tick, const platform::DisksReading& reading)
{
    metrics::Frame frame(metrics::family("disk"), tick.timeMs, tick.intervalMs);
    for (const platform::FileSystem& system : reading.fileSystems) {
        const std::size_t row = frame.addRow({system.mountPoint, system.device, system.type});
        frame.set(row, column("disk", "read_only"), system.readOnly);
        frame.set(row, column("disk", "remote"), system.remote());
        frame.set(row, column("disk", "responding"), system.responding);
        if (!system.space)
            continue;
        frame.set(row, column("disk", "total_bytes"), system.space->total);
        frame.set(row, column("disk", "used_bytes"), system.space->used);
        frame.set(row, column("disk", "available_bytes"), system.space->available);
        frame.set(row, column("disk", "used_percent"), system.space->usedPercent());
        frame.set(row, column("disk", "inodes"), system.space->inodes);
        frame.set(row, column("disk", "inodes_used"), system.space->inodesUsed);
        frame.set(row, column("disk", "inodes_used_percent"), system.space->inodesUsedPercent());
    }
    return frame;
}

Result<Collected> DiskCollector::collect(const Tick& tick)
{
    auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    return Collected{{diskFrame(tick, *reading)}, std::move(reading->warnings)};
}

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/pressure_collector.h"

namespace sextant::agent {

using metrics::column;

Result<Collected> PressureCollector::collect(const Tick& tick)
{
    const auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    metrics::Frame frame(metrics::family("pressure"), tick.timeMs, tick.intervalMs);
    for (const platform::Pressure& pressure : reading->resources) {
        const std::size_t row = frame.addRow({pressure.resource});
        if (pressure.some) {
            frame.set(row, column("pressure", "some_avg10_percent"), pressure.some->avg10);
            frame.set(row, column("pressure", "some_avg60_percent"), pressure.some->avg60);
            frame.set(row, column("pressure", "some_avg300_percent"), pressure.some->avg300);
            frame.set(row, column("pressure", "some_seconds_total"), inSeconds(pressure.some->total));
        }
        if (pressure.full) {
            frame.set(row, column("pressure", "full_avg10_percent"), pressure.full->avg10);
            frame.set(row, column("pressure", "full_avg60_percent"), pressure.full->avg60);
            frame.set(row, column("pressure", "full_avg300_percent"), pressure.full->avg300);
            frame.set(row, column("pressure", "full_seconds_total"), inSeconds(pressure.full->total));
        }
    }
    return Collected{{std::move(frame)}, reading->warnings};
}

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/battery_collector.h"

namespace sextant::agent {

using metrics::column;

Result<Collected> BatteryCollector::collect(const Tick& tick)
{
    const auto reading = platform::readBatteries(m_roots);
    if (!reading)
        return tl::unexpected(reading.error());
    metrics::Frame frame(metrics::family("battery"), tick.timeMs, tick.intervalMs);
    for (const platform::Battery& battery : reading->batteries) {
        const std::size_t row = frame.addRow({battery.name});
        frame.set(row, column("battery", "charge_percent"), battery.chargePercent);
        frame.set(row, column("battery", "health_percent"), battery.healthPercent);
        frame.set(row, column("battery", "charging"), battery.charging);
        frame.set(row, column("battery", "discharging"), battery.discharging);
        frame.set(row, column("battery", "outside_power"), reading->outsidePower);
        frame.set(row, column("battery", "power_watts"), battery.watts);
        frame.set(row, column("battery", "remaining_seconds"), inSeconds(battery.remaining));
        frame.set(row, column("battery", "cycles"), battery.cycles);
    }
    return Collected{{std::move(frame)}, {}};
}

} // namespace sextant::agent

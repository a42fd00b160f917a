// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/temperature_collector.h"

namespace sextant::agent {

using metrics::column;

Result<Collected> TemperatureCollector::collect(const Tick& tick)
{
    const auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    metrics::Frame frame(metrics::family("temperature"), tick.timeMs, tick.intervalMs);
    for (const platform::TemperatureSensor& sensor : reading->sensors) {
        const std::size_t row = frame.addRow({sensor.chip, sensor.device, sensor.sensor});
        frame.set(row, column("temperature", "celsius"), sensor.celsius);
        frame.set(row, column("temperature", "high_celsius"), sensor.high);
        frame.set(row, column("temperature", "critical_celsius"), sensor.critical);
    }
    return Collected{{std::move(frame)}, reading->warnings};
}

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/wifi_collector.h"

#include "agent-service/collect/due.h"

#include <algorithm>

namespace sextant::agent {

using metrics::column;

metrics::Frame frameOf(const platform::WifiReading& reading, std::int64_t timeMs, std::uint32_t intervalMs)
{
    metrics::Frame frame(metrics::family("wifi"), timeMs, intervalMs);
    for (const platform::WifiLink& link : reading.links) {
        const std::size_t row = frame.addRow({link.interfaceName, link.ssid});
        frame.set(row, column("wifi", "signal_dbm"), link.signalDbm);
        frame.set(row, column("wifi", "noise_dbm"), link.noiseDbm);
        frame.set(row, column("wifi", "quality_percent"), link.qualityPercent);
        frame.set(row, column("wifi", "frequency_hertz"), link.frequencyHertz);
        frame.set(row, column("wifi", "receive_rate_bytes_per_second"), link.receiveBytesPerSecond);
        frame.set(row, column("wifi", "transmit_rate_bytes_per_second"), link.transmitBytesPerSecond);
        frame.set(row, column("wifi", "transmit_retries_total"), link.transmitRetries);
        frame.set(row, column("wifi", "transmit_failures_total"), link.transmitFailures);
        frame.set(row, column("wifi", "beacon_losses_total"), link.beaconLosses);
        frame.set(row, column("wifi", "connected_seconds"), inSeconds(link.connected));
    }
    return frame;
}

Result<Collected> WifiCollector::collect(const Tick& tick)
{
    if (!isDue(m_lastMs, tick.timeMs, m_interval))
        return Collected{};
    m_lastMs = tick.timeMs;
    const auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    Collected collected;
    collected.warnings = reading->warnings;
    // What comes with each tick where that is the longer: no frame says that it comes more often than it does.
    const auto intervalMs = std::max(tick.intervalMs, static_cast<std::uint32_t>(m_interval.count()));
    if (!reading->links.empty())
        collected.frames.push_back(frameOf(*reading, tick.timeMs, intervalMs));
    return collected;
}

} // namespace sextant::agent

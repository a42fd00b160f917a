// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/network_collector.h"

namespace sextant::agent {

using metrics::column;

metrics::Frame networkFrame(const Tick& tick, const platform::NetworkReading& reading)
{
    metrics::Frame frame(metrics::family("network"), tick.timeMs, tick.intervalMs);
    for (const platform::NetworkInterface& interface : reading.interfaces) {
        const std::size_t row = frame.addRow({interface.name});
        frame.set(row, column("network", "receive_bytes_total"), interface.receiveBytes);
        frame.set(row, column("network", "receive_packets_total"), interface.receivePackets);
        frame.set(row, column("network", "receive_errors_total"), interface.receiveErrors);
        frame.set(row, column("network", "receive_drops_total"), interface.receiveDrops);
        frame.set(row, column("network", "transmit_bytes_total"), interface.transmitBytes);
        frame.set(row, column("network", "transmit_packets_total"), interface.transmitPackets);
        frame.set(row, column("network", "transmit_errors_total"), interface.transmitErrors);
        frame.set(row, column("network", "transmit_drops_total"), interface.transmitDrops);
        frame.set(row, column("network", "speed_bytes_per_second"), interface.speedBytesPerSecond);
        frame.set(row, column("network", "up"), interface.up);
        frame.set(row, column("network", "loopback"), interface.loopback);
        frame.set(row, column("network", "virtual"), interface.isVirtual);
        frame.set(row, column("network", "mtu_bytes"), interface.mtuBytes);
    }
    return frame;
}

Result<Collected> NetworkCollector::collect(const Tick& tick)
{
    auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    return Collected{{networkFrame(tick, *reading)}, std::move(reading->warnings)};
}

} // namespace sextant::agent

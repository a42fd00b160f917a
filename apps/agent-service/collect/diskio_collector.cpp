// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/diskio_collector.h"

#include <algorithm>

namespace sextant::agent {

using metrics::column;

namespace {

void addRow(metrics::Frame& frame, const platform::BlockDevice& device, std::optional<double> busyPercent)
{
    const std::size_t row = frame.addRow({device.name});
    frame.set(row, column("diskio", "read_bytes_total"), device.readBytes);
    frame.set(row, column("diskio", "write_bytes_total"), device.writeBytes);
    frame.set(row, column("diskio", "reads_total"), device.reads);
    frame.set(row, column("diskio", "writes_total"), device.writes);
    frame.set(row, column("diskio", "reads_merged_total"), device.readsMerged);
    frame.set(row, column("diskio", "writes_merged_total"), device.writesMerged);
    frame.set(row, column("diskio", "read_seconds_total"), inSeconds(device.readTime));
    frame.set(row, column("diskio", "write_seconds_total"), inSeconds(device.writeTime));
    frame.set(row, column("diskio", "busy_seconds_total"), inSeconds(device.busyTime));
    frame.set(row, column("diskio", "weighted_seconds_total"), inSeconds(device.weightedTime));
    frame.set(row, column("diskio", "in_flight"), device.inFlight);
    frame.set(row, column("diskio", "busy_percent"), busyPercent);
}

} // namespace

Result<Collected> DiskIoCollector::collect(const Tick& tick)
{
    auto reading = m_reader.read();
    if (!reading)
        return tl::unexpected(reading.error());
    const auto now = m_clock();
    metrics::Frame frame(metrics::family("diskio"), tick.timeMs, tick.intervalMs);
    for (const platform::BlockDevice& device : reading->devices)
        addRow(frame, device, busyPercent(device, now - m_previousAt));
    m_previous = std::move(reading->devices);
    m_previousAt = now;
    return Collected{{std::move(frame)}, std::move(reading->warnings)};
}

std::optional<double> DiskIoCollector::busyPercent(
    const platform::BlockDevice& device, std::chrono::nanoseconds elapsed) const
{
    const auto before = std::ranges::find(m_previous, device.kernelName, &platform::BlockDevice::kernelName);
    return before == m_previous.end() ? std::nullopt : platform::busyPercent(*before, device, elapsed);
}

} // namespace sextant::agent

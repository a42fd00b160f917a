// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_disks.h"

#include "platform/parse/fields.h"
#include "platform/parse/windows_layout.h"
#include "platform/parse/windows_times.h"

#include <algorithm>
#include <string>

namespace sextant::platform::parse {

Result<DiskPerformance> parseDiskPerformance(RawBytes bytes)
{
    using Layout = windows::DiskPerformanceLayout;
    if (bytes.size() < Layout::kSize)
        return fail(ErrorCode::Malformed, "a disk's performance is shorter than its structure");
    const auto time = [bytes](std::size_t offset) { return durationOf(numberAt<std::int64_t>(bytes, offset)); };
    DiskPerformance performance;
    performance.readBytes = numberAt<std::uint64_t>(bytes, Layout::kBytesRead);
    performance.writeBytes = numberAt<std::uint64_t>(bytes, Layout::kBytesWritten);
    performance.reads = numberAt<std::uint32_t>(bytes, Layout::kReads);
    performance.writes = numberAt<std::uint32_t>(bytes, Layout::kWrites);
    performance.idleTime = time(Layout::kIdleTime);
    performance.readTime = time(Layout::kReadTime);
    performance.writeTime = time(Layout::kWriteTime);
    performance.queueDepth = numberAt<std::uint32_t>(bytes, Layout::kQueueDepth);
    return performance;
}

std::optional<unsigned> diskOfInstance(std::string_view instance)
{
    constexpr std::uint64_t kLimit = 4096;
    const auto number = takeUnsigned(instance);
    return number && *number < kLimit ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

BlockDevice DiskHistory::add(unsigned disk, const DiskPerformance& performance, std::chrono::nanoseconds now)
{
    using std::chrono::milliseconds;
    using std::chrono::nanoseconds;
    if (m_last && performance.idleTime >= m_last->idle) { // else its counters began again
        const nanoseconds passed = now - m_last->now;
        m_busy += std::max(nanoseconds::zero(), passed - (performance.idleTime - m_last->idle));
    }
    m_last = Moment{now, performance.idleTime};
    const auto rounded = [](const std::optional<nanoseconds>& time) {
        return time ? std::optional(std::chrono::floor<milliseconds>(*time)) : std::nullopt;
    };
    BlockDevice device;
    device.name = device.kernelName = "PhysicalDrive" + std::to_string(disk);
    device.readBytes = performance.readBytes;
    device.writeBytes = performance.writeBytes;
    device.reads = m_reads.widen(performance.reads);
    device.writes = m_writes.widen(performance.writes);
    device.readTime = rounded(performance.readTime);
    device.writeTime = rounded(performance.writeTime);
    device.busyTime = rounded(m_busy);
    device.inFlight = performance.queueDepth;
    return device;
}

} // namespace sextant::platform::parse

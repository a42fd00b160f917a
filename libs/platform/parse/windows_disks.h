// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/diskio.h"
#include "platform/parse/raw_bytes.h"
#include "platform/widening_counter.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sextant::platform::parse {

/// What Windows counts of one disk. Requests are counted in 32 bits.
struct DiskPerformance {
    std::uint64_t readBytes = 0;
    std::uint64_t writeBytes = 0;
    std::uint32_t reads = 0;
    std::uint32_t writes = 0;
    std::chrono::nanoseconds idleTime{};              ///< without a request
    std::optional<std::chrono::nanoseconds> readTime; ///< added up over all reads
    std::optional<std::chrono::nanoseconds> writeTime;
    std::uint32_t queueDepth = 0;
};

/// DISK_PERFORMANCE, what IOCTL_DISK_PERFORMANCE gives. Malformed when it is too short.
[[nodiscard]] Result<DiskPerformance> parseDiskPerformance(RawBytes bytes);

/// The disk's number in the name of an instance of the counter object PhysicalDisk: 2 of "2 D: E:"; nothing of
/// "_Total".
[[nodiscard]] std::optional<unsigned> diskOfInstance(std::string_view instance);

/// One disk over time: makes 64 bits of its counts, and of its idle time what the time between readings leaves, which
/// is busy. So busy time begins with the first reading, not with the machine.
class DiskHistory {
public:
    /// `now`: a clock that only goes forward.
    [[nodiscard]] BlockDevice add(unsigned disk, const DiskPerformance& performance, std::chrono::nanoseconds now);

private:
    struct Moment {
        std::chrono::nanoseconds now, idle;
    };
    WideningCounter m_reads, m_writes;
    std::optional<Moment> m_last;
    std::chrono::nanoseconds m_busy{};
};

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/diskio.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// One line of /proc/diskstats (kernel: Documentation/admin-guide/iostats.rst). `device.kernelName` and the counters
/// are filled; what kind of device it is, is not in this file.
struct DiskStatsLine {
    unsigned major = 0;
    unsigned minor = 0;
    BlockDevice device;
};

/// Parses lines of 14 fields and more, and the 7 of partitions before 2.6.25 (which say no times). A sector is 512
/// bytes whatever the device's own is. A line that does not follow the format is left out and counted; Malformed when
/// there are lines and none is whole. An empty text is a machine without block devices.
struct DiskStats {
    std::vector<DiskStatsLine> lines;
    std::size_t broken = 0;
};
[[nodiscard]] Result<DiskStats> parseDiskStats(std::string_view text);

} // namespace sextant::platform::parse

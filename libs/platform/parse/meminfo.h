// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/memory.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sextant::platform::parse {

/// /proc/meminfo (proc_meminfo(5)) as a reading without the counters. Malformed without MemTotal or MemFree. Handles
/// what MemoryReading::available says about old kernels and containers.
[[nodiscard]] Result<MemoryReading> parseMemInfo(std::string_view text);

/// The counters of /proc/vmstat that Sextant keeps; each is absent when its line is.
struct VmStat {
    std::optional<std::uint64_t> pageFaults;
    std::optional<std::uint64_t> majorPageFaults;
    std::optional<std::uint64_t> oomKills;
};
[[nodiscard]] VmStat parseVmStat(std::string_view text);

} // namespace sextant::platform::parse

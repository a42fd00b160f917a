// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/cpu.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// The CPU lines of /proc/stat (proc_stat(5)).
struct ProcStatCpus {
    CpuTimes total;
    std::vector<CoreTimes> cores;
};

/// The counters of /proc/stat below the CPU lines; each is absent when its line is.
struct ProcStatCounters {
    std::optional<std::uint64_t> interrupts;
    std::optional<std::uint64_t> contextSwitches;
    std::optional<std::uint64_t> forks;
    std::optional<std::int64_t> bootTime; ///< Unix seconds
};

/// Parses the CPU lines. `ticksPerSecond` is the kernel's USER_HZ. A line that ends early in its fields of later
/// kernels (after the fourth) leaves those absent. Malformed when the total line is missing or broken; a broken line of
/// one core (a file cut short) ends the list.
[[nodiscard]] Result<ProcStatCpus> parseProcStatCpus(std::string_view text, unsigned ticksPerSecond);

/// Parses the counters. Never fails: what is not there is absent.
[[nodiscard]] ProcStatCounters parseProcStatCounters(std::string_view text);

} // namespace sextant::platform::parse

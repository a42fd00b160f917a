// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/raw_bytes.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sextant::platform::parse {

/// Counters since the start, 32 bits wide: they begin again. 0 is no count of a machine that runs, and absent (Wine
/// fills in none).
struct PerformanceCounters {
    std::optional<std::uint32_t> pageFaults;
    std::optional<std::uint32_t> pageReads; ///< page faults for which the disk was read
    std::optional<std::uint32_t> contextSwitches;
};

/// SystemPerformanceInformation. Malformed when it is too short.
[[nodiscard]] Result<PerformanceCounters> parsePerformanceCounters(RawBytes bytes);

/// When the machine started, and what tells this start from others: the moment before any setting of the clock moved
/// it, as 16 hexadecimal digits. A machine that "fast startup" woke up goes on with its start and its counters.
struct BootMoment {
    std::chrono::system_clock::time_point time;
    std::string id;
};

/// SystemTimeOfDayInformation. Malformed when it is too short or holds no moment.
[[nodiscard]] Result<BootMoment> parseBootMoment(RawBytes bytes);

struct MemoryLists {
    std::uint64_t freePages = 0;    ///< zeroed or not, they hold nothing
    std::uint64_t standbyPages = 0; ///< file contents and programs' pages, given back on demand
};

/// SystemMemoryListInformation. Malformed when it is too short.
[[nodiscard]] Result<MemoryLists> parseMemoryLists(RawBytes bytes);

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/raw_bytes.h"
#include "platform/parse/windows_processes.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sextant::platform {

/// Classes of NtQuerySystemInformation, as winternl.h numbers them; MemoryLists is named by no public header.
enum class SystemClass : int {
    Performance = 2,
    TimeOfDay = 3,
    Processes = 5,
    ProcessorPerformance = 8,
    MemoryLists = 80,
};

/// What the system says of a class that has one structure: at most `room` bytes. Windows refuses some of them with
/// more room than they fill. Any thread.
[[nodiscard]] Result<std::vector<std::byte>> querySystem(SystemClass of, std::size_t room, const std::string& what);

/// SystemProcessorPerformanceInformation of all processors, group after group: a group has up to 64 processors, and
/// without naming it a caller sees those of its own group only. `first` is the number of the group's first processor.
struct ProcessorGroup {
    unsigned first = 0;
    std::vector<std::byte> bytes;
};
[[nodiscard]] Result<std::vector<ProcessorGroup>> queryProcessors();

/// All processes and threads at one moment. Some milliseconds where there are thousands. TooLarge past 64 MiB.
[[nodiscard]] Result<parse::ProcessSnapshot> queryProcesses();

} // namespace sextant::platform

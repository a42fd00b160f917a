// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/raw_bytes.h"
#include "platform/processes.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sextant::platform::parse {

/// FreeBSD's kern.proc.proc and kern.proc.pid.<pid>: every fact but the command line. Blocked is a sleep that no signal
/// ends; kernel processes that sleep or wait for an interrupt are idle. The idle process itself, to which the kernel
/// books the time of CPUs without work, is left out, as on every system. Malformed when the bytes are not whole
/// structures, or are those of another release (each says its own size).
[[nodiscard]] Result<std::vector<Process>> parseFreeBsdProcesses(RawBytes bytes, std::uint64_t pageSize);

/// macOS's kern.proc.all: who the processes are. Not what they use, and not whether they run: that is
/// `applyTaskInfo`'s. Malformed when the bytes are not whole structures.
[[nodiscard]] Result<std::vector<Process>> parseDarwinProcesses(RawBytes bytes);

/// How macOS's unit of time relates to a nanosecond: mach_timebase_info. 125/3 on arm64, 1/1 on x86_64.
struct Timebase {
    std::uint32_t numerator = 1;
    std::uint32_t denominator = 1;
};

/// proc_pidinfo(PROC_PIDTASKINFO) into its process: threads, memory, CPU time, running or sleeping. Malformed when it
/// is too short.
[[nodiscard]] Result<void> applyTaskInfo(RawBytes bytes, Timebase timebase, Process& process);

/// The command line in macOS's kern.procargs2.<pid>: the count of arguments, the program's path, NULs, the arguments
/// (then the environment, which is not looked at). Joined by one blank each; empty when it does not follow that.
[[nodiscard]] std::string parseProcessArguments(RawBytes bytes);

} // namespace sextant::platform::parse

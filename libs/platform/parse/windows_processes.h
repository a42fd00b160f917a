// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/raw_bytes.h"
#include "platform/processes.h"

#include <cstdint>
#include <vector>

namespace sextant::platform::parse {

/// SystemProcessInformation: all processes and what each of their threads does, at one moment. The "idle process"
/// (number 0), which is the processors' idle time, is not in it.
struct ProcessSnapshot {
    /// Without user and command line. Running: one thread at least runs or is ready to. Sleeping: all wait. Unknown:
    /// no thread's state is known, or there is no thread (it ended, and somebody still holds it open).
    std::vector<Process> processes;
    std::uint64_t waitingForCpu = 0; ///< threads that are ready to run and have no processor
};

/// `base` is the address that `bytes` had when they were written. Malformed when an entry does not fit the bytes.
[[nodiscard]] Result<ProcessSnapshot> parseProcessSnapshot(RawBytes bytes, std::uint64_t base);

} // namespace sextant::platform::parse

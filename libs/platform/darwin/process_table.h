// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/processes.h"

#include <cstdint>
#include <vector>

namespace sextant::platform {

/// Who runs, by kern.proc.all, which tells everybody about all processes; not what they use.
[[nodiscard]] Result<std::vector<Process>> readAllProcesses();

/// What one uses, by proc_pidinfo(PROC_PIDTASKINFO), into `process`. Denied for those of other users unless root asks,
/// NotFound when it ended.
[[nodiscard]] Result<void> readUse(Process& process);

/// How many files this process has open.
[[nodiscard]] Result<std::uint64_t> countOwnOpenFiles();

} // namespace sextant::platform

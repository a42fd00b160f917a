// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/processes.h"

#include <span>
#include <string>
#include <vector>

namespace sextant::platform {

/// The processes that the kernel variable `path` (of kern.proc; `what` names it in errors) lists, without their command
/// lines.
[[nodiscard]] Result<std::vector<Process>> readProcessTable(std::span<const int> path, const std::string& what);

/// All of them: kern.proc.proc, one entry each.
[[nodiscard]] Result<std::vector<Process>> readAllProcesses();

} // namespace sextant::platform

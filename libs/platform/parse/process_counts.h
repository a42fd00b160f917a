// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/processes.h"
#include "platform/system.h"

#include <span>

namespace sextant::platform::parse {

/// The processes by state. Threads are the sum of what each says.
[[nodiscard]] ProcessCounts countProcesses(std::span<const Process> processes);

} // namespace sextant::platform::parse

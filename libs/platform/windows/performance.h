// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/windows_system.h"

namespace sextant::platform {

/// The kernel's counters of faults and context switches. Any thread.
[[nodiscard]] Result<parse::PerformanceCounters> queryPerformanceCounters();

/// When the machine started. Any thread.
[[nodiscard]] Result<parse::BootMoment> queryBootMoment();

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/tick_plan.h"

namespace sextant::agent {

/// The system's clocks now. The elapsed time counts while the machine sleeps, where the system has such a clock.
[[nodiscard]] ClockReading readClocks();

} // namespace sextant::agent

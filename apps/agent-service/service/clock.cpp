// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/clock.h"

#include "platform/clocks.h"

namespace sextant::agent {

ClockReading readClocks()
{
    const platform::Clocks clocks = platform::readClocks();
    return {clocks.wallMs, std::chrono::milliseconds(clocks.elapsedMs)};
}

} // namespace sextant::agent

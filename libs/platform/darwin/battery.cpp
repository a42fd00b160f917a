// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/battery.h"

namespace sextant::platform {

Result<BatteryReading> readBatteries(const Roots&)
{
    return fail(ErrorCode::NotAvailable, "macOS tells of batteries only by IOKit, which is not linked");
}

} // namespace sextant::platform

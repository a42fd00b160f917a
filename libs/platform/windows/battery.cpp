// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/battery.h"

#include "platform/parse/battery.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

namespace sextant::platform {

Result<BatteryReading> readBatteries(const Roots&)
{
    SYSTEM_POWER_STATUS status{};
    if (!::GetSystemPowerStatus(&status))
        return tl::unexpected(lastError("the state of the batteries"));
    return parse::parsePowerStatus(
        status.ACLineStatus, status.BatteryFlag, status.BatteryLifePercent, status.BatteryLifeTime);
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/battery.h"

#include "platform/parse/battery.h"

#include <windows.h>

#include <string>

namespace sextant::platform {

Result<BatteryReading> readBatteries(const Roots&)
{
    SYSTEM_POWER_STATUS status{};
    if (!::GetSystemPowerStatus(&status))
        return fail(ErrorCode::Io, "GetSystemPowerStatus failed with error " + std::to_string(::GetLastError()));
    return parse::parsePowerStatus(
        status.ACLineStatus, status.BatteryFlag, status.BatteryLifePercent, status.BatteryLifeTime);
}

} // namespace sextant::platform

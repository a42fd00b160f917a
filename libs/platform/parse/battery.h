// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/battery.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sextant::platform::parse {

/// What stands in the `uevent` files of /sys/class/power_supply (Documentation/ABI/testing/sysfs-class-power):
/// batteries of the machine, and whether one of its other supplies is online. Batteries of mice and the like (scope
/// "Device") and empty bays are left out. Energy (µWh) counts before charge (µAh).
[[nodiscard]] BatteryReading parsePowerSupplies(std::span<const std::string> uevents);

/// SYSTEM_POWER_STATUS of Windows: ACLineStatus, BatteryFlag, BatteryLifePercent and BatteryLifeTime (s), with 255, and
/// 2^32 - 1, for unknown. NotAvailable when it says that there is no battery or knows nothing of one.
[[nodiscard]] Result<BatteryReading> parsePowerStatus(
    std::uint8_t acLine, std::uint8_t flag, std::uint8_t percent, std::uint32_t lifeSeconds);

/// FreeBSD's hw.acpi.battery.life (%), .state and .time (minutes), -1 for unknown, and hw.acpi.acline (acpi(4)).
/// NotAvailable when the state is that of an empty bay.
[[nodiscard]] Result<BatteryReading> parseAcpiBattery(
    std::int32_t life, std::int32_t state, std::int32_t minutes, std::optional<std::int32_t> acLine);

} // namespace sextant::platform::parse

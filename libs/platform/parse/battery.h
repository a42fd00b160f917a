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

/// What FreeBSD's acpi(4) says of one battery: struct acpi_bix and acpi_bst of <dev/acpica/acpiio.h>.
struct AcpiBattery {
    static constexpr std::uint32_t kUnknown = 0xffff'ffff;

    bool inMilliamperes = false;             ///< capacities are mAh and the rate mA, else mWh and mW
    std::uint32_t designCapacity = kUnknown; ///< 0 is unknown, too
    std::uint32_t lastFullCapacity = kUnknown;
    std::uint32_t designVoltage = kUnknown; ///< mV
    std::uint32_t cycles = kUnknown;        ///< also where the firmware is older than ACPI 4
    std::uint32_t rate = kUnknown;          ///< that flows into or out of it
    std::uint32_t voltage = kUnknown;       ///< mV
};

/// Adds to the battery that stands for all of them what these say together: health, power and, of one alone, cycles.
/// What one of them does not know is absent.
void addAcpiDetails(std::span<const AcpiBattery> batteries, Battery& system);

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/battery.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/battery.h"

#include <dev/acpica/acpiio.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

namespace sextant::platform {
namespace {

std::optional<std::int32_t> variable(const std::string& name)
{
    const auto number = sysctlNumber(name);
    return number ? std::optional(static_cast<std::int32_t>(*number)) : std::nullopt;
}

/// One battery by its number; nothing of an empty bay.
std::optional<parse::AcpiBattery> askBattery(int acpi, int unit)
{
    acpi_battery_ioctl_arg info{};
    acpi_battery_ioctl_arg status{};
    info.unit = status.unit = unit;
    if (::ioctl(acpi, ACPIIO_BATT_GET_BIX, &info) != 0 || ::ioctl(acpi, ACPIIO_BATT_GET_BST, &status) != 0 ||
        status.bst.state == ACPI_BATT_STAT_NOT_PRESENT)
        return std::nullopt;
    parse::AcpiBattery battery;
    battery.inMilliamperes = info.bix.units == ACPI_BIX_UNITS_MA;
    battery.designCapacity = info.bix.dcap;
    battery.lastFullCapacity = info.bix.lfcap;
    battery.designVoltage = info.bix.dvol;
    if (info.bix.rev != ACPI_BIX_REV_BIF)
        battery.cycles = info.bix.cycles;
    battery.rate = status.bst.rate;
    battery.voltage = status.bst.volt;
    return battery;
}

/// Everybody may ask acpi(4). A kernel before FreeBSD 13 does not know the question: then there is nothing to add.
std::vector<parse::AcpiBattery> askBatteries()
{
    std::vector<parse::AcpiBattery> batteries;
    const int acpi = ::open("/dev/acpi", O_RDONLY | O_CLOEXEC);
    if (acpi < 0)
        return batteries;
    int count = 0;
    if (::ioctl(acpi, ACPIIO_BATT_GET_UNITS, &count) != 0)
        count = 0;
    for (int unit = 0; unit < count; ++unit) {
        if (const auto battery = askBattery(acpi, unit))
            batteries.push_back(*battery);
    }
    ::close(acpi);
    return batteries;
}

} // namespace

Result<BatteryReading> readBatteries(const Roots&)
{
    const auto state = variable("hw.acpi.battery.state");
    if (!state)
        return fail(ErrorCode::NotAvailable, "this machine has no battery");
    auto reading = parse::parseAcpiBattery(variable("hw.acpi.battery.life").value_or(-1), *state,
        variable("hw.acpi.battery.time").value_or(-1), variable("hw.acpi.acline"));
    if (reading)
        parse::addAcpiDetails(askBatteries(), reading->batteries.front());
    return reading;
}

} // namespace sextant::platform

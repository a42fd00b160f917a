// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/battery.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/battery.h"

namespace sextant::platform {
namespace {

std::optional<std::int32_t> variable(const std::string& name)
{
    const auto number = sysctlNumber(name);
    return number ? std::optional(static_cast<std::int32_t>(*number)) : std::nullopt;
}

} // namespace

Result<BatteryReading> readBatteries(const Roots&)
{
    const auto state = variable("hw.acpi.battery.state");
    if (!state)
        return fail(ErrorCode::NotAvailable, "this machine has no battery");
    return parse::parseAcpiBattery(variable("hw.acpi.battery.life").value_or(-1), *state,
        variable("hw.acpi.battery.time").value_or(-1), variable("hw.acpi.acline"));
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
// The registry of IOKit, not the shorter list of IOPowerSources: only there are capacities, cycles and the current.
#include "platform/battery.h"

#include "platform/darwin/iokit.h"
#include "platform/parse/mac_battery.h"

namespace sextant::platform {
namespace {

/// The properties of the battery's driver, which the caller releases; null without one.
Result<IoKit::Value> smartBattery(const IoKit& kit)
{
    IoKit::Object iterator = 0;
    if (const int error = kit.getMatching(0, kit.matching("AppleSmartBattery"), &iterator); error != 0)
        return fail(ErrorCode::Io, "IOKit does not list the batteries: error " + std::to_string(error));
    const IoKitHeld iteratorHeld(kit, iterator);
    const IoKit::Object driver = kit.next(iterator);
    const IoKitHeld driverHeld(kit, driver);
    IoKit::Value properties = nullptr;
    if (driver == 0)
        return properties;
    if (const int error = kit.createProperties(driver, &properties, nullptr, 0); error != 0)
        return fail(ErrorCode::Io, "IOKit does not describe the battery: error " + std::to_string(error));
    return properties;
}

} // namespace

Result<BatteryReading> readBatteries(const Roots&)
{
    const auto kit = IoKit::load();
    if (!kit)
        return tl::unexpected(kit.error());
    const auto properties = smartBattery(*kit);
    if (!properties)
        return tl::unexpected(properties.error());
    const IoKitHeld propertiesHeld(*kit, *properties);
    if (*properties == nullptr)
        return fail(ErrorCode::NotAvailable, "this machine has no battery");
    const IoKit::Value data = kit->valueIn(*properties, "BatteryData", kit->dictionaryType());
    return parse::parseSmartBattery({.own = [&](const char* key) { return kit->numberIn(*properties, key); },
        .data = [&](const char* key) { return data != nullptr ? kit->numberIn(data, key) : std::nullopt; }});
}

} // namespace sextant::platform

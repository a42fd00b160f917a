// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/battery.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace sextant::platform::parse {

/// What IOKit's registry has of macOS' AppleSmartBattery, by key: numbers, and truths as 0 or 1; nothing for a key that
/// is not there. `data` are those of its dictionary BatteryData.
struct SmartBatteryProperties {
    using Property = std::function<std::optional<std::int64_t>(const char* key)>;

    Property own;
    Property data;
};

/// The battery of a Mac. CurrentCapacity and MaxCapacity are mAh on Intel and percent on Apple silicon; mAh for both
/// are AppleRawMaxCapacity (until macOS 26) and BatteryData's FullChargeCapacity (from 27). Voltage is mV, Amperage mA
/// and below 0 while it flows out, also where that came as an unsigned number of 64 or 32 bits; times are minutes,
/// 65535 for unknown. None of it is documented but for IOPMPowerSource.h's names: what is out of any range is absent.
/// NotAvailable for a Mac without a battery, whose driver may be there all the same.
[[nodiscard]] Result<BatteryReading> parseSmartBattery(const SmartBatteryProperties& properties);

} // namespace sextant::platform::parse

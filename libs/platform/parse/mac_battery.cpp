// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mac_battery.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sextant::platform::parse {
namespace {

using Number = std::optional<std::int64_t>;

constexpr std::int64_t kMostCapacity = 1'000'000; // mAh

Number within(Number value, std::int64_t least, std::int64_t most)
{
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<double> percentOf(Number part, Number whole)
{
    if (!part || !whole)
        return std::nullopt;
    return static_cast<double>(*part) / static_cast<double>(*whole) * 100;
}

/// In percent of what it holds when full, as the system shows it.
std::optional<double> chargeOf(const SmartBatteryProperties& battery)
{
    const auto charge = percentOf(
        within(battery.own("CurrentCapacity"), 0, kMostCapacity), within(battery.own("MaxCapacity"), 1, kMostCapacity));
    return charge ? std::optional(std::min(*charge, 100.0)) : std::nullopt;
}

std::optional<double> healthOf(const SmartBatteryProperties& battery)
{
    constexpr std::int64_t kPercent = 100; // no battery of a Mac holds so few mAh
    constexpr double kHighest = 200;
    const auto either = [&battery](const char* own, const char* data) {
        const Number first = within(battery.own(own), kPercent + 1, kMostCapacity);
        return first ? first : within(battery.data(data), kPercent + 1, kMostCapacity);
    };
    Number full = either("AppleRawMaxCapacity", "FullChargeCapacity");
    if (!full)
        full = within(battery.own("MaxCapacity"), kPercent + 1, kMostCapacity);
    const auto health = percentOf(full, either("DesignCapacity", "DesignCapacity"));
    return health && *health <= kHighest ? health : std::nullopt;
}

/// mA, below 0 while it flows out.
Number currentOf(const SmartBatteryProperties& battery)
{
    constexpr std::int64_t k32Bits = std::int64_t{1} << 32;
    constexpr std::int64_t kMost = 32'767;
    Number current = battery.own("Amperage");
    if (current && *current >= k32Bits / 2 && *current < k32Bits)
        *current -= k32Bits;
    return within(current, -kMost, kMost);
}

std::optional<std::chrono::seconds> remainingOf(const SmartBatteryProperties& battery)
{
    constexpr std::int64_t kUnknown = 65'535;
    for (const char* key : {"TimeRemaining", "AvgTimeToEmpty"}) {
        if (const Number minutes = within(battery.own(key), 1, kUnknown - 1))
            return std::chrono::minutes(*minutes);
    }
    return std::nullopt;
}

} // namespace

Result<BatteryReading> parseSmartBattery(const SmartBatteryProperties& properties)
{
    constexpr std::int64_t kMostMillivolts = 100'000, kMostCycles = 100'000;
    constexpr double kMicro = 1e6;
    if (properties.own("BatteryInstalled") == 0 || !properties.own("CurrentCapacity"))
        return fail(ErrorCode::NotAvailable, "this machine has no battery");
    BatteryReading reading;
    if (const Number connected = properties.own("ExternalConnected"))
        reading.outsidePower = *connected != 0;
    Battery battery;
    battery.name = "InternalBattery-0"; // as pmset(1) calls it
    battery.chargePercent = chargeOf(properties);
    battery.healthPercent = healthOf(properties);
    const Number current = currentOf(properties);
    if (const Number charging = properties.own("IsCharging")) {
        battery.charging = *charging != 0;
        // A weak adapter may leave the rest to the battery.
        if (reading.outsidePower)
            battery.discharging = !*battery.charging && (!*reading.outsidePower || current.value_or(0) < 0);
    }
    if (const Number millivolts = within(properties.own("Voltage"), 1, kMostMillivolts); millivolts && current)
        battery.watts = std::abs(static_cast<double>(*current * *millivolts)) / kMicro;
    if (battery.discharging == true)
        battery.remaining = remainingOf(properties);
    Number cycles = within(properties.own("CycleCount"), 0, kMostCycles);
    if (!cycles)
        cycles = within(properties.data("CycleCount"), 0, kMostCycles);
    if (cycles)
        battery.cycles = static_cast<std::uint64_t>(*cycles);
    reading.batteries.push_back(std::move(battery));
    return reading;
}

} // namespace sextant::platform::parse

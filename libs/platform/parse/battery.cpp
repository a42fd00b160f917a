// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/battery.h"

#include "platform/parse/fields.h"
#include "platform/parse/key_values.h"

#include <algorithm>
#include <cmath>

namespace sextant::platform::parse {
namespace {

constexpr double kMicro = 1e6;
constexpr auto kLongest = std::chrono::hours(24 * 365); // what is more is no estimate
constexpr double kHighestHealth = 200;                  // a design of another unit than the rest

std::string property(std::string_view uevent, std::string_view name)
{
    return keyValue(uevent, "POWER_SUPPLY_" + std::string(name));
}

/// A property that is a number above 0; drivers give 0 and less for what they do not know.
std::optional<double> positive(std::string_view uevent, std::string_view name)
{
    const auto number = toSigned(property(uevent, name));
    if (!number || *number <= 0)
        return std::nullopt;
    return static_cast<double>(*number);
}

std::optional<double> percentOf(std::optional<double> part, std::optional<double> whole)
{
    if (!part || !whole)
        return std::nullopt;
    return *part / *whole * 100;
}

std::optional<double> chargeOf(std::string_view uevent, std::string_view amount)
{
    const auto capacity = toUnsigned(property(uevent, "CAPACITY"));
    if (capacity && *capacity <= 100)
        return static_cast<double>(*capacity);
    const auto now = toUnsigned(property(uevent, std::string(amount) + "_NOW")); // may be 0
    const auto share = percentOf(
        now ? std::optional(static_cast<double>(*now)) : std::nullopt, positive(uevent, std::string(amount) + "_FULL"));
    return share ? std::optional(std::min(*share, 100.0)) : std::nullopt;
}

/// Drivers give the current below 0 while it flows out.
std::optional<double> wattsOf(std::string_view uevent)
{
    const auto power = toSigned(property(uevent, "POWER_NOW"));
    if (power)
        return std::abs(static_cast<double>(*power)) / kMicro;
    const auto current = toSigned(property(uevent, "CURRENT_NOW"));
    const auto voltage = positive(uevent, "VOLTAGE_NOW");
    if (!current || !voltage)
        return std::nullopt;
    return std::abs(static_cast<double>(*current)) / kMicro * *voltage / kMicro;
}

/// What the driver estimates, else what is left over what flows out.
std::optional<std::chrono::seconds> remainingOf(std::string_view uevent, std::string_view amount)
{
    auto seconds = positive(uevent, "TIME_TO_EMPTY_NOW");
    if (!seconds) {
        const auto now = positive(uevent, std::string(amount) + "_NOW");
        const auto rate = toSigned(property(uevent, amount == "ENERGY" ? "POWER_NOW" : "CURRENT_NOW"));
        if (!now || !rate || *rate == 0)
            return std::nullopt;
        seconds = *now / std::abs(static_cast<double>(*rate)) * 3'600;
    }
    if (*seconds > std::chrono::duration<double>(kLongest).count())
        return std::nullopt;
    return std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

/// `amount` of what the battery counts, as mWh or mW; nothing where it or the voltage that it takes is not known.
std::optional<double> inMilliwatts(const AcpiBattery& battery, std::uint32_t amount, std::uint32_t millivolts)
{
    constexpr double kMilli = 1'000;
    if (amount == AcpiBattery::kUnknown)
        return std::nullopt;
    if (!battery.inMilliamperes)
        return amount;
    if (millivolts == AcpiBattery::kUnknown || millivolts == 0)
        return std::nullopt;
    return static_cast<double>(amount) * millivolts / kMilli;
}

Battery toBattery(std::string_view uevent)
{
    const std::string_view amount = property(uevent, "ENERGY_FULL").empty() ? "CHARGE" : "ENERGY";
    Battery battery;
    battery.name = property(uevent, "NAME");
    battery.chargePercent = chargeOf(uevent, amount);
    battery.healthPercent = percentOf(
        positive(uevent, std::string(amount) + "_FULL"), positive(uevent, std::string(amount) + "_FULL_DESIGN"));
    if (battery.healthPercent > kHighestHealth)
        battery.healthPercent.reset();
    const std::string status = property(uevent, "STATUS");
    if (status == "Charging" || status == "Discharging" || status == "Full" || status == "Not charging") {
        battery.charging = status == "Charging";
        battery.discharging = status == "Discharging";
    }
    battery.watts = wattsOf(uevent);
    if (battery.discharging == true)
        battery.remaining = remainingOf(uevent, amount);
    if (const auto cycles = positive(uevent, "CYCLE_COUNT"))
        battery.cycles = static_cast<std::uint64_t>(*cycles);
    return battery;
}

} // namespace

BatteryReading parsePowerSupplies(std::span<const std::string> uevents)
{
    BatteryReading reading;
    for (const std::string& uevent : uevents) {
        if (property(uevent, "SCOPE") == "Device" || property(uevent, "NAME").empty())
            continue;
        if (property(uevent, "TYPE") == "Battery") {
            if (property(uevent, "PRESENT") != "0")
                reading.batteries.push_back(toBattery(uevent));
        } else if (const auto online = toUnsigned(property(uevent, "ONLINE"))) {
            reading.outsidePower = reading.outsidePower.value_or(false) || *online > 0;
        }
    }
    return reading;
}

Result<BatteryReading> parsePowerStatus(
    std::uint8_t acLine, std::uint8_t flag, std::uint8_t percent, std::uint32_t lifeSeconds)
{
    constexpr std::uint8_t kCharging = 8;
    constexpr std::uint8_t kNoBattery = 128;
    constexpr std::uint8_t kUnknown = 255;
    constexpr std::uint32_t kNoTime = 0xffffffff;
    if (flag == kUnknown || (flag & kNoBattery) != 0)
        return fail(ErrorCode::NotAvailable, "Windows tells of no battery");
    BatteryReading reading;
    if (acLine <= 1)
        reading.outsidePower = acLine == 1;
    Battery battery;
    battery.name = "system";
    battery.charging = (flag & kCharging) != 0;
    if (reading.outsidePower)
        battery.discharging = !*battery.charging && !*reading.outsidePower;
    if (percent <= 100)
        battery.chargePercent = percent;
    if (lifeSeconds != kNoTime && lifeSeconds <= std::chrono::seconds(kLongest).count())
        battery.remaining = std::chrono::seconds(lifeSeconds);
    reading.batteries.push_back(std::move(battery));
    return reading;
}

Result<BatteryReading> parseAcpiBattery(
    std::int32_t life, std::int32_t state, std::int32_t minutes, std::optional<std::int32_t> acLine)
{
    constexpr std::int32_t kDischarging = 1;
    constexpr std::int32_t kCharging = 2;
    constexpr std::int32_t kNotPresent = 7;
    if (state == kNotPresent || state < 0)
        return fail(ErrorCode::NotAvailable, "this machine has no battery");
    BatteryReading reading;
    if (acLine == 0 || acLine == 1)
        reading.outsidePower = acLine == 1;
    Battery battery;
    battery.name = "system";
    battery.charging = (state & kCharging) != 0;
    battery.discharging = (state & kDischarging) != 0;
    if (life >= 0 && life <= 100)
        battery.chargePercent = life;
    if (*battery.discharging && minutes > 0 && std::chrono::minutes(minutes) <= kLongest)
        battery.remaining = std::chrono::minutes(minutes);
    reading.batteries.push_back(std::move(battery));
    return reading;
}

void addAcpiDetails(std::span<const AcpiBattery> batteries, Battery& system)
{
    constexpr double kMilli = 1'000;
    std::optional<double> design = 0, full = 0, rate = 0;
    const auto add = [](std::optional<double>& sum, std::optional<double> part) {
        sum = sum && part ? std::optional(*sum + *part) : std::nullopt;
    };
    for (const AcpiBattery& battery : batteries) {
        add(design, inMilliwatts(battery, battery.designCapacity, battery.designVoltage));
        add(full, inMilliwatts(battery, battery.lastFullCapacity, battery.designVoltage));
        add(rate, inMilliwatts(battery, battery.rate, battery.voltage));
    }
    if (design && full && *design > 0 && *full > 0 && *full / *design * 100 <= kHighestHealth)
        system.healthPercent = *full / *design * 100;
    if (rate && !batteries.empty())
        system.watts = *rate / kMilli;
    // 0 is what firmware gives that does not count.
    if (batteries.size() == 1 && batteries.front().cycles != AcpiBattery::kUnknown && batteries.front().cycles > 0)
        system.cycles = batteries.front().cycles;
}

} // namespace sextant::platform::parse

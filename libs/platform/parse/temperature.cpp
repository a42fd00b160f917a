// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/temperature.h"

#include "platform/parse/fields.h"

#include <limits>
#include <utility>

namespace sextant::platform::parse {
namespace {

constexpr double kLowest = -100;
constexpr double kHighest = 250;

std::optional<double> plausible(double celsius)
{
    if (celsius < kLowest || celsius > kHighest)
        return std::nullopt;
    return celsius;
}

std::optional<double> deciKelvinOf(const std::optional<std::string>& text)
{
    const auto number = text ? toUnsigned(*text) : std::nullopt;
    return number && *number <= std::numeric_limits<std::int32_t>::max()
               ? fromDeciKelvin(static_cast<std::int32_t>(*number))
               : std::nullopt;
}

} // namespace

std::optional<double> parseMilliCelsius(std::string_view text)
{
    const auto number = toSigned(trimmed(text));
    if (!number || *number == 0 || *number == -1)
        return std::nullopt;
    return plausible(static_cast<double>(*number) / 1'000);
}

std::optional<double> fromDeciKelvin(std::int32_t value)
{
    constexpr double kZeroCelsius = 2731.5;
    if (value <= 0)
        return std::nullopt;
    return plausible((value - kZeroCelsius) / 10);
}

std::vector<TemperatureSensor> parseThermalZones(const WorkerRows& zones)
{
    std::vector<TemperatureSensor> sensors;
    for (const WorkerRow& zone : zones) {
        if (zone.size() != kThermalZoneColumns.size() || !zone[0])
            continue;
        const auto celsius = deciKelvinOf(zone[1]);
        if (!celsius)
            continue;
        // "ACPI\ThermalZone\TZ00_0": the chip is called as Linux calls it.
        std::string device = zone[0]->substr(zone[0]->rfind('\\') + 1);
        sensors.push_back(
            {"acpitz", std::move(device), "temp1", *celsius, deciKelvinOf(zone[2]), deciKelvinOf(zone[3])});
    }
    return sensors;
}

std::optional<std::uint64_t> temperatureInput(std::string_view fileName)
{
    constexpr std::string_view kBegin = "temp";
    constexpr std::string_view kEnd = "_input";
    if (fileName.size() < kBegin.size() + kEnd.size() || !fileName.starts_with(kBegin) || !fileName.ends_with(kEnd))
        return std::nullopt;
    return toUnsigned(fileName.substr(kBegin.size(), fileName.size() - kBegin.size() - kEnd.size()));
}

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/worker_message.h"
#include "platform/temperature.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// A file of hwmon (Documentation/hwmon/sysfs-interface) or a thermal zone: thousandths of a degree, in °C. Nothing for
/// what is no number and for what no sensor means: below -100 °C, above 250 °C, and exactly 0 or -1, which drivers give
/// where there is no sensor.
[[nodiscard]] std::optional<double> parseMilliCelsius(std::string_view text);

/// A variable of FreeBSD in tenths of a kelvin, in °C; nothing as above.
[[nodiscard]] std::optional<double> fromDeciKelvin(std::int32_t value);

/// What Windows' MSAcpi_ThermalZoneTemperature says of each zone: kThermalZoneColumns, temperatures in tenths of a
/// kelvin; a trip point of 0 is none. A zone without a temperature is left out.
inline constexpr std::array<std::string_view, 4> kThermalZoneColumns{
    "InstanceName", "CurrentTemperature", "PassiveTripPoint", "CriticalTripPoint"};
[[nodiscard]] std::vector<TemperatureSensor> parseThermalZones(const WorkerRows& zones);

/// The number of "temp12_input"; nothing for every other name.
[[nodiscard]] std::optional<std::uint64_t> temperatureInput(std::string_view fileName);

} // namespace sextant::platform::parse

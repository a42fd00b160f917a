// SPDX-License-Identifier: GPL-3.0-or-later
// coretemp(4), amdtemp(4) and acpi_thermal(4): variables in tenths of a kelvin.
#include "platform/temperature.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/temperature.h"

#include <cstdint>

namespace sextant::platform {
namespace {

constexpr int kMaxDevices = 4'096;

std::optional<double> celsius(const std::string& variable)
{
    const auto number = sysctlNumber(variable);
    return number ? parse::fromDeciKelvin(static_cast<std::int32_t>(*number)) : std::nullopt;
}

bool exists(const std::string& variable)
{
    return sysctlBytes(variable).has_value();
}

} // namespace

struct TemperatureReader::State {};

TemperatureReader::TemperatureReader(Roots) {}

TemperatureReader::~TemperatureReader() = default;

Result<TemperatureReading> TemperatureReader::read()
{
    TemperatureReading reading;
    for (int cpu = 0; cpu < kMaxDevices && exists("dev.cpu." + std::to_string(cpu) + ".%driver"); ++cpu) {
        const std::string device = "cpu" + std::to_string(cpu);
        const std::string root = "dev.cpu." + std::to_string(cpu);
        if (const auto now = celsius(root + ".temperature"))
            reading.sensors.push_back({"cpu", device, "temp1", *now, std::nullopt, celsius(root + ".coretemp.tjmax")});
    }
    for (int zone = 0; zone < kMaxDevices; ++zone) {
        const std::string device = "tz" + std::to_string(zone);
        const std::string root = "hw.acpi.thermal." + device;
        if (!exists(root + ".temperature"))
            break;
        if (const auto now = celsius(root + ".temperature"))
            reading.sensors.push_back(
                {"acpi", device, "temp1", *now, celsius(root + "._HOT"), celsius(root + "._CRT")});
    }
    if (reading.sensors.empty())
        return fail(ErrorCode::NotAvailable, "the kernel shows no temperature sensors; load coretemp or amdtemp");
    return reading;
}

} // namespace sextant::platform

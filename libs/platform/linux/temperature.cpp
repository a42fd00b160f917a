// SPDX-License-Identifier: GPL-3.0-or-later
// Source: Documentation/hwmon/sysfs-interface.rst and Documentation/driver-api/thermal/sysfs-api.rst of the kernel.
#include "platform/temperature.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/fields.h"
#include "platform/parse/temperature.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

namespace sextant::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSensors = 1'000;

/// A sensor and the file that has its temperature.
struct KnownSensor {
    TemperatureSensor sensor;
    std::string file;
};

/// The text of a small file; empty when it cannot be read. Names come from firmware, too: what is no ASCII is '?'.
std::string attribute(const fs::path& file)
{
    std::array<char, 256> buffer{};
    const auto bytes = readOnce(AT_FDCWD, file.c_str(), buffer);
    std::string text = bytes ? std::string(parse::trimmed(*bytes)) : std::string();
    std::ranges::replace_if(
        text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

/// The entries of a class whose names begin so, in the order of the numbers that they end with.
std::vector<fs::path> entriesOf(const fs::path& folder, std::string_view begin)
{
    std::vector<std::pair<std::uint64_t, fs::path>> numbered;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename();
        if (!name.starts_with(begin))
            continue;
        if (const auto number = parse::toUnsigned(std::string_view(name).substr(begin.size())))
            numbered.emplace_back(*number, entry->path());
    }
    std::ranges::sort(numbered);
    std::vector<fs::path> entries;
    for (auto& [number, path] : numbered)
        entries.push_back(std::move(path));
    return entries;
}

/// The chip's place: of its device and those above it, the first that stands on a bus. "nvme0" has a number of the
/// kernel, the PCI address above it does not change. Without such a place, as for thermal zones, the device's own name.
std::string placeOf(const fs::path& chip)
{
    std::error_code error;
    const fs::path device = fs::canonical(chip / "device", error);
    if (error || !fs::is_directory(device))
        return {};
    for (fs::path above = device; above.has_relative_path(); above = above.parent_path()) {
        const fs::path subsystem = fs::read_symlink(above / "subsystem", error);
        if (!error && subsystem.parent_path().filename() == "bus")
            return above.filename();
    }
    return device.filename();
}

/// The inputs of a chip, by number.
std::vector<std::uint64_t> inputsOf(const fs::path& chip)
{
    std::vector<std::uint64_t> numbers;
    std::error_code error;
    for (fs::directory_iterator entry(chip, error), end; !error && entry != end; entry.increment(error)) {
        if (const auto number = parse::temperatureInput(entry->path().filename().native()))
            numbers.push_back(*number);
    }
    std::ranges::sort(numbers);
    return numbers;
}

std::vector<KnownSensor> findChips(const std::string& sys)
{
    std::vector<KnownSensor> found;
    for (const fs::path& chip : entriesOf(sys + "/class/hwmon", "hwmon")) {
        const std::string name = attribute(chip / "name");
        const std::string place = placeOf(chip);
        for (const std::uint64_t number : inputsOf(chip)) {
            const std::string input = "temp" + std::to_string(number);
            std::string label = attribute(chip / (input + "_label"));
            TemperatureSensor sensor{name, place, label.empty() ? input : std::move(label), 0,
                parse::parseMilliCelsius(attribute(chip / (input + "_max"))),
                parse::parseMilliCelsius(attribute(chip / (input + "_crit")))};
            found.push_back({std::move(sensor), chip / (input + "_input")});
        }
    }
    return found;
}

std::optional<double> tripPoint(const fs::path& zone, std::string_view type)
{
    constexpr int kMaxTrips = 12;
    for (int trip = 0; trip < kMaxTrips; ++trip) {
        const std::string name = "trip_point_" + std::to_string(trip);
        if (attribute(zone / (name + "_type")) == type)
            return parse::parseMilliCelsius(attribute(zone / (name + "_temp")));
    }
    return std::nullopt;
}

/// The zones that no chip shows: the kernel makes a chip of a zone's type, with '_' for '-', for most; and the package
/// of an Intel CPU is a sensor of coretemp.
std::vector<KnownSensor> findZones(const std::string& sys, const std::set<std::string>& chips)
{
    std::vector<KnownSensor> found;
    for (const fs::path& zone : entriesOf(sys + "/class/thermal", "thermal_zone")) {
        const std::string type = attribute(zone / "type");
        std::string asChip = type;
        std::ranges::replace(asChip, '-', '_');
        if (chips.contains(asChip) || (type == "x86_pkg_temp" && chips.contains("coretemp")))
            continue;
        TemperatureSensor sensor{
            type, zone.filename(), "temp1", 0, tripPoint(zone, "hot"), tripPoint(zone, "critical")};
        found.push_back({std::move(sensor), zone / "temp"});
    }
    return found;
}

/// Chips that say the same of two sensors would make one of them: the later ones get the name of their file, or a
/// number.
void tellApart(std::vector<KnownSensor>& sensors)
{
    std::set<std::tuple<std::string, std::string, std::string>> seen;
    for (KnownSensor& known : sensors) {
        TemperatureSensor& sensor = known.sensor;
        const std::string label = sensor.sensor;
        const std::string file = fs::path(known.file).filename();
        for (int copy = 1; !seen.emplace(sensor.chip, sensor.device, sensor.sensor).second; ++copy)
            sensor.sensor =
                label + " (" + file.substr(0, file.find('_')) + (copy > 1 ? ' ' + std::to_string(copy) : "") + ')';
    }
}

} // namespace

struct TemperatureReader::State {
    explicit State(const Roots& roots) : sys(roots.sys) {}

    void find();

    std::string sys;
    std::vector<KnownSensor> sensors;
    bool tooMany = false;
    unsigned reads = 0;
};

void TemperatureReader::State::find()
{
    sensors = findChips(sys);
    std::set<std::string> chips;
    for (const KnownSensor& known : sensors)
        chips.insert(known.sensor.chip);
    std::ranges::move(findZones(sys, chips), std::back_inserter(sensors));
    tooMany = sensors.size() > kMaxSensors;
    sensors.resize(std::min(sensors.size(), kMaxSensors));
    tellApart(sensors);
}

TemperatureReader::TemperatureReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

TemperatureReader::~TemperatureReader() = default;

Result<TemperatureReading> TemperatureReader::read()
{
    constexpr unsigned kReadsOfOneList = 30;
    if (m_state->reads++ % kReadsOfOneList == 0)
        m_state->find();
    TemperatureReading reading;
    for (const KnownSensor& known : m_state->sensors) {
        // A file that does not answer is a sensor that sleeps or went: no failure of the others.
        std::array<char, 64> buffer{};
        const auto text = readOnce(AT_FDCWD, known.file.c_str(), buffer);
        const auto celsius = text ? parse::parseMilliCelsius(*text) : std::nullopt;
        if (!celsius)
            continue;
        reading.sensors.push_back(known.sensor);
        reading.sensors.back().celsius = *celsius;
    }
    if (m_state->sensors.empty())
        return fail(ErrorCode::NotAvailable, "the kernel shows no temperature sensors");
    if (m_state->tooMany)
        reading.warnings.push_back(
            "more than " + std::to_string(kMaxSensors) + " temperature sensors: the rest is left out");
    return reading;
}

} // namespace sextant::platform

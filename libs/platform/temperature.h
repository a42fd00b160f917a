// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// One sensor, in °C. `chip`, `device` and `sensor` together tell it apart, and are the same after a restart where the
/// hardware is: the device is its place on its bus, not the number that the kernel gave the chip.
struct TemperatureSensor {
    std::string chip;               ///< what the driver calls itself: "coretemp", "nvme", "acpitz"
    std::string device;             ///< "coretemp.0", "0000:01:00.0", "thermal_zone0"; may be empty
    std::string sensor;             ///< "Package id 0", or "temp1" where it has no label
    double celsius = 0;             ///< from -100 to 250
    std::optional<double> high;     ///< from here on the chip cools or slows down
    std::optional<double> critical; ///< from here on it switches off
};

/// A sensor that gives no temperature now (asleep, not connected, refused) is not listed.
struct TemperatureReading {
    std::vector<TemperatureSensor> sensors;
    std::vector<std::string> warnings;
};

/// Reads the temperature sensors that the kernel shows. NotAvailable where it shows none, as in most virtual machines,
/// and on systems that do not tell. A chip may take long to answer: read() returns when all have. Remembers which
/// sensors there are and looks for others now and then; one thread at a time.
class TemperatureReader {
public:
    explicit TemperatureReader(Roots roots);
    ~TemperatureReader();
    TemperatureReader(const TemperatureReader&) = delete;
    TemperatureReader& operator=(const TemperatureReader&) = delete;

    [[nodiscard]] Result<TemperatureReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform

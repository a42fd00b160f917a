// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// A battery that can run the machine. What the system does not tell is absent.
struct Battery {
    std::string name; ///< "BAT0"; "system" where the system tells of all its batteries as one
    std::optional<double> chargePercent;
    std::optional<double> healthPercent; ///< what it holds when full, in percent of what it was made for
    std::optional<bool> charging;
    std::optional<bool> discharging;               ///< neither: full, or held where it is
    std::optional<double> watts;                   ///< that flow into or out of it
    std::optional<std::chrono::seconds> remaining; ///< until it is empty, while it discharges
    std::optional<std::uint64_t> cycles;
};

struct BatteryReading {
    std::vector<Battery> batteries;
    std::optional<bool> outsidePower; ///< the machine gets power from outside
};

/// The batteries now. NotAvailable for a machine without one, as servers are, and where the system does not tell. Any
/// thread.
[[nodiscard]] Result<BatteryReading> readBatteries(const Roots& roots);

} // namespace sextant::platform

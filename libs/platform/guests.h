// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/worker.h"

#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// A virtual machine that this machine runs or could run.
struct Guest {
    std::string id; ///< stays, whatever its name becomes
    std::string name;
    std::string state; ///< "running", "off", "paused", "saved", "starting", "stopping", "saving", "pausing",
                       ///< "resuming", or "unknown"
    std::optional<bool> healthy;
};

/// By name.
struct GuestsReading {
    std::vector<Guest> guests;
    std::vector<std::string> warnings;
};

/// The guests of Hyper-V, by a worker, whose failures are its own. May take seconds. NotAvailable elsewhere, without
/// Hyper-V and for those who may not ask. The worker's thread.
[[nodiscard]] Result<GuestsReading> readGuests(Worker& worker);

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/worker.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sextant::platform {

/// Something that a program or the kernel wrote into the system's log.
struct LoggedEvent {
    enum class Level { Critical, Error };

    std::string log; ///< "System"
    std::uint64_t record = 0;
    std::chrono::system_clock::time_point time;
    Level level = Level::Error;
    std::string source; ///< who wrote it
    std::uint32_t id = 0;
    std::string message; ///< in the system's language; empty where its source has no words for it
};

/// The newest first, of each log.
struct EventsReading {
    std::vector<LoggedEvent> events;
    std::vector<std::string> warnings;
};

/// The newest 50 errors of each of the logs System and Application of Windows, by a worker, whose failures are its own.
/// May take seconds. NotAvailable elsewhere, and where the log is not told of. The worker's thread.
[[nodiscard]] Result<EventsReading> readEvents(Worker& worker);

} // namespace sextant::platform

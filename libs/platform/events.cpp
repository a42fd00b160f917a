// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/events.h"

#include "platform/parse/windows_events.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace sextant::platform {

Result<EventsReading> readEvents(Worker& worker)
{
    constexpr std::chrono::minutes kDeadline{1};
    constexpr std::array kLogs{"System", "Application"};
    EventsReading reading;
    for (const char* log : kLogs) {
        const auto rows = worker.ask({"events", log, "50"}, kDeadline);
        if (!rows)
            return tl::unexpected(rows.error());
        std::ranges::move(parse::parseEvents(*rows, log), std::back_inserter(reading.events));
    }
    return reading;
}

} // namespace sextant::platform

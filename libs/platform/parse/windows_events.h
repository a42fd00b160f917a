// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/events.h"
#include "platform/parse/worker_message.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// What the worker's verb "events" says of one log: of each event its record, its time (100 ns since 1601), level,
/// source, id and message, which may be absent. Rows that do not make sense are left out.
[[nodiscard]] std::vector<LoggedEvent> parseEvents(const WorkerRows& rows, std::string_view log);

} // namespace sextant::platform::parse

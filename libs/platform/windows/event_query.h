// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/worker_message.h"

#include <optional>
#include <span>
#include <string>

namespace sextant::platform {

/// The answer to "events": log, number. Of its newest errors at most so many, newest first, as parse::parseEvents()
/// takes them. The words are asked of their sources' libraries, which may take long: only the worker calls it.
/// NotAvailable for an unknown log or refused access, Invalid when something is missing.
[[nodiscard]] Result<WorkerRows> queryEvents(std::span<const std::optional<std::string>> arguments);

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/worker_message.h"

#include <optional>
#include <span>
#include <string>

namespace sextant::platform {

/// The answer to "wmi": namespace, class with its condition, columns… May take for ever: only the worker calls it, on
/// its one thread. NotAvailable for an unknown class or namespace, refused access and no objects; otherwise Io, or
/// Invalid when something is missing. At most 10,000 objects. A list is nothing, true is 1.
[[nodiscard]] Result<WorkerRows> queryWmi(std::span<const std::optional<std::string>> arguments);

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/worker_message.h"

#include <span>

namespace sextant::platform {

/// The updates that Windows Update knows and has not installed, by its COM server and without asking Microsoft: rows as
/// parse::parseWindowsUpdates() wants them. Seconds to minutes, and now and then for ever: the worker's verb "updates",
/// for its process only. NotAvailable where there is no such server, as in Wine, or it is switched off.
[[nodiscard]] Result<WorkerRows> searchUpdates(std::span<const std::optional<std::string>> arguments);

} // namespace sextant::platform

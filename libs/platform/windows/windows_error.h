// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <string>

namespace sextant::platform {

/// The error for `code` (of GetLastError, or what a function of the registry or of IP Helper returned) of an attempt
/// to read `what`, with the system's own words. What the system does not have, or has not implemented, is NotAvailable.
[[nodiscard]] Error windowsError(std::uint32_t code, const std::string& what);

/// The same for the last error of this thread.
[[nodiscard]] Error lastError(const std::string& what);

/// The same for an NTSTATUS.
[[nodiscard]] Error statusError(std::int32_t status, const std::string& what);

} // namespace sextant::platform

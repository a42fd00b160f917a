// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/windows/windows_api.h"

namespace sextant::platform {

/// The error for a status of PDH, whose codes are not the system's: it says them in a module of its own. `what`: whose
/// counters, "the disks". NotAvailable for what this system does not count.
[[nodiscard]] tl::unexpected<Error> pdhError(PDH_STATUS status, const char* what);

} // namespace sextant::platform

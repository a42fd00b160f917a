// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <vector>

namespace sextant::platform {

/// RawSMBIOSData, as the firmware left it at start; at most 1 MiB. NotAvailable where there is none. Any thread.
[[nodiscard]] Result<std::vector<std::byte>> readSmbiosTable();

} // namespace sextant::platform

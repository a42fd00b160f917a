// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <set>

namespace sextant::platform {

/// The numbers of the disks that there are now, from the names of all devices. Io, or TooLarge. Any thread.
[[nodiscard]] Result<std::set<unsigned>> listDisks();

} // namespace sextant::platform

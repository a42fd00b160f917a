// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>

namespace sextant::platform {

/// How many sessions have somebody logged in, at the screen or over the network, connected or left: what `query user`
/// lists. NotAvailable where the system lists no session at all, not even its services'. Any thread.
[[nodiscard]] Result<std::uint64_t> countLoggedIn();

} // namespace sextant::platform

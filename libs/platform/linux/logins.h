// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sextant::platform {

/// How many sessions of people are open: from utmp, or where a system has given it up (Debian 13), from
/// systemd-logind's session files. Nothing where there is neither; an error when one is there and cannot be read.
[[nodiscard]] Result<std::optional<std::uint64_t>> countLoggedIn(const Roots& roots);

} // namespace sextant::platform

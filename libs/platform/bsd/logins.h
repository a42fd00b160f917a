// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace sextant::platform {

/// How many sessions of people are open, by utmpx(5) as who(1) lists them. The C library keeps its place in the file
/// for the whole process: one thread at a time.
[[nodiscard]] std::uint64_t countLoggedIn();

} // namespace sextant::platform

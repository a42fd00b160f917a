// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace sextant::console {

/// How a host is, worst last, so that sorting by it brings trouble to one end.
enum class HostState : std::uint8_t { Ok, Unknown, Late, Down };

} // namespace sextant::console

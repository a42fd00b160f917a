// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sextant::platform::parse {

/// Counts the logins in a utmp file (utmp(5)): records of type USER_PROCESS with a user's name. `recordSize` is that of
/// the watched system: 384 bytes on x86-64 and 32-bit systems, 400 on arm64. A last record cut short is not counted.
[[nodiscard]] std::uint64_t countLogins(std::string_view bytes, std::size_t recordSize);

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

namespace sextant::platform {

/// Opens a pipe whose ends no other program inherits; false with errno when there is none. `ends`: to read, to write.
/// On macOS, which has no call for that, a program that another thread starts at that very moment may get them.
[[nodiscard]] bool openPrivatePipe(std::array<int, 2>& ends);

} // namespace sextant::platform

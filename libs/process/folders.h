// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace sextant::process {

/// Where the file with a program's settings is looked for: "/etc/sextant/agent.toml" for the program "agent"; on
/// Windows "Sextant\agent.toml" in the folder of all users' program data (usually C:\ProgramData).
[[nodiscard]] std::string configFile(std::string_view program);

/// Where a program keeps what it must not lose: "/var/lib/sextant-agent"; on Windows "Sextant\agent" there.
[[nodiscard]] std::string stateFolder(std::string_view program);

} // namespace sextant::process

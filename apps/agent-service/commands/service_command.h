// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/commands/exit_code.h"
#include "agent-service/config/command_line.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sextant::agent {

/// What `sextant-agent service …` does. On Windows it speaks to the service control manager; elsewhere it says what
/// does that there and ends with Usage. `print` gets what is to be shown, `complain` what went wrong. Needs a
/// QCoreApplication; `service run` blocks until the service is stopped.
[[nodiscard]] ExitCode serviceCommand(const CommandLine& line, const std::function<void(const std::string&)>& print,
    const std::function<void(const std::string&)>& complain);

/// Arguments that were not understood: when an installer gave them, nobody sees what is printed, and on Windows it goes
/// to the Application log, without the values that were given. Does nothing elsewhere, or when somebody typed them.
void reportMistake(std::span<const std::string_view> arguments, const std::string& mistake);

} // namespace sextant::agent

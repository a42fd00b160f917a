// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/commands/exit_code.h"
#include "agent-service/config/command_line.h"

#include <functional>
#include <string>

namespace sextant::agent {

/// What `sextant-agent service …` does. On Windows it speaks to the service control manager; elsewhere it says what
/// does that there and ends with Usage. `print` gets what is to be shown, `complain` what went wrong. Needs a
/// QCoreApplication; `service run` blocks until the service is stopped.
[[nodiscard]] ExitCode serviceCommand(const CommandLine& line, const std::function<void(const std::string&)>& print,
    const std::function<void(const std::string&)>& complain);

} // namespace sextant::agent

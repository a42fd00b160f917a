// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/commands/exit_code.h"
#include "agent-service/config/settings.h"

#include <functional>
#include <string>

namespace sextant::agent {

/// What `check` does after the settings were found right: loads the identity and sends the server an empty batch, which
/// proves the whole way there and stores nothing. Each step is one line for `print`. Needs a QCoreApplication; blocks.
[[nodiscard]] ExitCode check(const Settings& settings, const std::function<void(const std::string&)>& print);

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/service_command.h"

namespace sextant::agent {

ExitCode serviceCommand(const CommandLine&, const std::function<void(const std::string&)>&,
    const std::function<void(const std::string&)>& complain)
{
    complain("service: that is for Windows; here rc.d (service sextant_agent) or launchd (launchctl) runs the agent");
    return ExitCode::Usage;
}

void reportMistake(std::span<const std::string_view>, const std::string&) {}

} // namespace sextant::agent

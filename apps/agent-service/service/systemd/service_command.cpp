// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/commands/service_command.h"

namespace sextant::agent {

ExitCode serviceCommand(const CommandLine&, const std::function<void(const std::string&)>&,
    const std::function<void(const std::string&)>& complain)
{
    complain("service: that is for Windows; here systemd runs the agent: systemctl status sextant-agent");
    return ExitCode::Usage;
}

void reportMistake(std::span<const std::string_view>, const std::string&) {}

} // namespace sextant::agent

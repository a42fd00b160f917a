// SPDX-License-Identifier: GPL-3.0-or-later
// Where no manager of services waits for news of the process: rc.d and launchd look at the process itself.
#include "agent-service/service/notifier.h"

namespace sextant::agent {

Notifier Notifier::fromEnvironment()
{
    return Notifier({});
}

bool Notifier::send(std::string_view) const
{
    return false;
}

std::optional<std::chrono::milliseconds> Notifier::watchdogInterval()
{
    return std::nullopt;
}

} // namespace sextant::agent

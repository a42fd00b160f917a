// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands/commands.h"

namespace sextant::server {

Result<int> serviceCommand(const CommandLine&)
{
    return fail(ErrorCode::Invalid,
        "service: that is for Windows; where systemd runs the server: systemctl status sextant-server");
}

} // namespace sextant::server

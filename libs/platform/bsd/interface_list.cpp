// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/bsd/interface_list.h"

#include "platform/bsd/layout.h"
#include "platform/bsd/sysctl.h"

#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/types.h>

#include <array>

namespace sextant::platform {

Result<std::vector<NetworkInterface>> readInterfaceList()
{
    const std::array<int, 6> path{CTL_NET, PF_ROUTE, 0, 0, interfaceListing(), 0};
    const auto messages = sysctlBytes(path, "the list of interfaces");
    if (!messages)
        return tl::unexpected(messages.error());
    return parse::parseInterfaces(*messages, interfaceLayout());
}

} // namespace sextant::platform

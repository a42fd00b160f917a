// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/network.h"

#include "platform/bsd/layout.h"
#include "platform/bsd/sysctl.h"

#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/types.h>

#include <array>

namespace sextant::platform {

/// Each read asks the kernel anew: there is nothing to keep.
struct NetworkReader::State {};

NetworkReader::NetworkReader(Roots) {}

NetworkReader::~NetworkReader() = default;

Result<NetworkReading> NetworkReader::read()
{
    const std::array<int, 6> path{CTL_NET, PF_ROUTE, 0, 0, interfaceListing(), 0};
    const auto messages = sysctlBytes(path, "the list of interfaces");
    if (!messages)
        return tl::unexpected(messages.error());
    auto interfaces = parse::parseInterfaces(*messages, interfaceLayout());
    if (!interfaces)
        return tl::unexpected(interfaces.error());
    NetworkReading reading;
    reading.interfaces = std::move(*interfaces);
    return reading;
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/network.h"

#include "platform/bsd/interface_list.h"

namespace sextant::platform {

/// Each read asks the kernel anew: there is nothing to keep.
struct NetworkReader::State {};

NetworkReader::NetworkReader(Roots) {}

NetworkReader::~NetworkReader() = default;

Result<NetworkReading> NetworkReader::read()
{
    return readInterfaceList().map([](std::vector<NetworkInterface> interfaces) {
        return NetworkReading{std::move(interfaces), {}};
    });
}

} // namespace sextant::platform

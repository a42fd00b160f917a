// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/network.h"

#include <vector>

namespace sextant::platform {

/// The interfaces by the routing socket's sysctl, NET_RT_IFLIST or what interfaceListing() says, in the kernel's order.
[[nodiscard]] Result<std::vector<NetworkInterface>> readInterfaceList();

} // namespace sextant::platform

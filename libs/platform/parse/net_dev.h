// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/network.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// Parses /proc/net/dev (proc_net(5)): the traffic of each interface; what kind it is, is not in this file. The name
/// ends at the last colon before the numbers, which may follow it without a blank ("eth0:123"), and may hold colons
/// itself (an alias). A line that does not follow the format is left out and counted; Malformed without the two title
/// lines.
struct NetDev {
    std::vector<NetworkInterface> interfaces;
    std::size_t broken = 0;
};
[[nodiscard]] Result<NetDev> parseNetDev(std::string_view text);

} // namespace sextant::platform::parse

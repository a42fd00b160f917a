// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/netlink.h"
#include "platform/wifi.h"

#include <functional>
#include <vector>

namespace sextant::platform {

/// Asks the kernel and gives its whole answer. Fails as the wire does, not when the kernel refuses, which the answer
/// tells. Its `sequence` is the one who asks' to choose.
using NetlinkExchange = std::function<Result<parse::NetlinkAnswer>(const parse::NetlinkRequest&)>;

/// The links of all wireless interfaces of this network namespace, by nl80211: the interfaces, and of each client its
/// access point and the noise on its channel. At most kMaxWireless interfaces. NotAvailable without nl80211 or a
/// wireless interface.
inline constexpr std::size_t kMaxWireless = 64;
[[nodiscard]] Result<WifiReading> readLinks(const NetlinkExchange& exchange);

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/network.h"
#include "platform/parse/raw_bytes.h"

#include <vector>

namespace sextant::platform::parse {

/// MIB_IF_TABLE2, the interfaces by the names that people gave them ("Ethernet 2"). Left out are filters, which show
/// the traffic of the interface below once more for each driver, interfaces whose device is gone, and those without a
/// device (tunnels, miniports) that never carried a packet: Windows brings a dozen. Malformed when the rows do not fit.
[[nodiscard]] Result<std::vector<NetworkInterface>> parseInterfaceTable(RawBytes bytes);

} // namespace sextant::platform::parse

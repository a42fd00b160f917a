// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/raw_bytes.h"
#include "platform/wifi.h"

namespace sextant::platform::parse {

/// Puts what a struct ieee80211req_sta_info says of the access point into `link`: signal, noise, frequency and the rate
/// at which is sent. False when the interface has not joined its network: the access point has given it no number.
/// Malformed when it is too short or says so of itself.
[[nodiscard]] Result<bool> parseStationInfo(RawBytes bytes, WifiLink& link);

} // namespace sextant::platform::parse

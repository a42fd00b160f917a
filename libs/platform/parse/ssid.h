// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/raw_bytes.h"

#include <string>

namespace sextant::platform::parse {

/// The longest name of a wireless network (IEEE 802.11-2020, 9.4.2.2).
inline constexpr std::size_t kSsidBytes = 32;

/// The name of a wireless network as text, always UTF-8. The standard lets it be any bytes: UTF-8 that can be printed
/// stays as it is, of everything else each byte that is no printable ASCII is written as \xNN, as iw(8) does. What is
/// hidden, without bytes or zeros only, is empty; bytes past kSsidBytes are left out.
[[nodiscard]] std::string ssidText(RawBytes bytes);

} // namespace sextant::platform::parse

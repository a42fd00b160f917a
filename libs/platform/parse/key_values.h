// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace sextant::platform::parse {

/// The value of `key` in lines "KEY=value" as uevent files, os-release(5) and logind's session files have them, without
/// quotes and with backslash escapes undone; empty when the key is not there. Of several, the last counts.
[[nodiscard]] std::string keyValue(std::string_view text, std::string_view key);

} // namespace sextant::platform::parse

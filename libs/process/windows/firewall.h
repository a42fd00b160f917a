// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <string>

namespace sextant::process {

// Rules of Windows' firewall (INetFwPolicy2). They block and need the rights of an administrator (Denied otherwise).

/// Lets `program` (full path) take TCP connections on `port` from other machines, under a rule of that name, in place
/// of one that has it.
[[nodiscard]] Result<void> openPort(const std::string& rule, const std::string& program, std::uint16_t port);

/// Takes the rule away; not there: no error.
[[nodiscard]] Result<void> closePort(const std::string& rule);

} // namespace sextant::process

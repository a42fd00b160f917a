// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/hardware.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// The processors of /proc/cpuinfo (proc_cpuinfo(5)), one for each "physical id": "CPU 0"… as sockets. Architectures
/// other than x86 do not say which CPU stands in which socket, and mostly no model: theirs are one, with its threads
/// and without cores. Empty when no CPU is in the text.
[[nodiscard]] std::vector<Processor> parseCpuInfo(std::string_view text);

} // namespace sextant::platform::parse

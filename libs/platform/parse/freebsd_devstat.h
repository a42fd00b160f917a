// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/diskio.h"
#include "platform/parse/raw_bytes.h"

#include <chrono>
#include <vector>

namespace sextant::platform::parse {

/// kern.devstat.all of FreeBSD (devstat(3), version 6): whole disks, in the kernel's order. Pass-through devices, which
/// are the same disks once more, are left out; md(4) is a loop device. A device at work has `uptime` (CLOCK_MONOTONIC,
/// at the time of reading) less the start of its work added to its busy time. Malformed when the bytes are not a whole
/// list.
[[nodiscard]] Result<std::vector<BlockDevice>> parseDevstat(RawBytes bytes, std::chrono::nanoseconds uptime);

} // namespace sextant::platform::parse

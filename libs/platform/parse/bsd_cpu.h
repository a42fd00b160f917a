// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/cpu.h"
#include "platform/parse/raw_bytes.h"

#include <vector>

namespace sextant::platform::parse {

/// FreeBSD's kern.cp_times, in ticks of kern.clockrate's stathz. CPUs that never counted a tick do not exist: the list
/// has a place for every number up to the highest. Malformed when the bytes are not whole CPUs.
[[nodiscard]] Result<std::vector<CoreTimes>> parseCpTimes(RawBytes bytes, unsigned ticksPerSecond);

/// FreeBSD's kern.clockrate: ticks of CPU time per second. Malformed when it is too short or not above 0.
[[nodiscard]] Result<unsigned> parseStatHz(RawBytes bytes);

/// What macOS's host_processor_info(PROCESSOR_CPU_LOAD_INFO) gives, 100 ticks a second, 32 bits wide: a CPU's count
/// begins again after 497 days in one mode. Malformed when the bytes are not whole CPUs.
[[nodiscard]] Result<std::vector<CoreTimes>> parseProcessorTicks(RawBytes bytes);

/// struct loadavg of both systems' vm.loadavg: three 32-bit numbers and at 16 the `long` they are divided by.
[[nodiscard]] Result<LoadAverages> parseLoadAverage(RawBytes bytes);

} // namespace sextant::platform::parse

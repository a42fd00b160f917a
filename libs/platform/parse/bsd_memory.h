// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/memory.h"
#include "platform/parse/raw_bytes.h"

#include <cstdint>

namespace sextant::platform::parse {

/// Pages of swap in use on one device: FreeBSD's vm.swap_info.<N>. Malformed when it is too short.
[[nodiscard]] Result<std::uint64_t> parseSwapDeviceUsed(RawBytes bytes);

/// macOS's host_statistics64(HOST_VM_INFO64) for a machine of `total` bytes. Available is what is free, inactive, read
/// ahead or purgeable; cached are pages with a file behind them. Free does not count pages read ahead, as vm_stat(1)
/// shows it. Older kernels give a shorter structure: Malformed below what holds these.
[[nodiscard]] Result<MemoryReading> parseVmStatistics(RawBytes bytes, std::uint64_t total, std::uint64_t pageSize);

/// macOS's vm.swapusage into `reading`. Malformed when it is too short.
[[nodiscard]] Result<void> parseSwapUsage(RawBytes bytes, MemoryReading& reading);

} // namespace sextant::platform::parse

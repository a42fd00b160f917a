// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/cpu.h"
#include "platform/parse/raw_bytes.h"

#include <cstdint>
#include <vector>

namespace sextant::platform::parse {

/// SystemProcessorPerformanceInformation: the processors of one group, which get numbers from `first` on. Windows'
/// kernel time holds idling, interrupts and DPCs (its soft interrupts) too; here they are taken out of it. Malformed
/// when the bytes are not whole processors.
[[nodiscard]] Result<std::vector<CoreTimes>> parseProcessorTimes(RawBytes bytes, unsigned first);

/// The interrupts that each processor of the same bytes served, 32 bits wide.
[[nodiscard]] std::vector<std::uint32_t> parseInterruptCounts(RawBytes bytes);

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace sextant::metrics {

/// CRC-32C (Castagnoli; RFC 3720 appendix B.4) of `bytes`; `before` is the checksum of what stands in front of them.
/// Finds every flipped bit and every burst of up to 32 bits. No protection against somebody who wants to deceive.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);
/// The same where the processor has no instruction for it.
[[nodiscard]] std::uint32_t crc32cByTables(std::string_view bytes, std::uint32_t before = 0);

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sextant::metrics {

/// One zstd frame (RFC 8878) with its content size in the header.
[[nodiscard]] Result<std::string> zstdCompress(std::string_view bytes, int level = 3);

/// Unpacks one or more zstd frames. TooLarge as soon as the output would pass `maxBytes`; memory use never exceeds
/// `maxBytes` plus zstd's window, whatever the header claims. Malformed for damaged or cut-off input.
[[nodiscard]] Result<std::string> zstdDecompress(std::string_view bytes, std::size_t maxBytes);

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sextant::metrics {

/// One zstd frame (RFC 8878) with its content size in the header.
[[nodiscard]] Result<std::string> zstdCompress(std::string_view bytes, int level = 3);

/// The same with a checksum of the content, for what lies on a disk before it is read again: zstdDecompress() finds
/// bytes that changed meanwhile.
[[nodiscard]] Result<std::string> zstdCompressChecked(std::string_view bytes, int level = 3);

/// Unpacks one or more zstd frames. TooLarge as soon as the output would pass `maxBytes`; memory use never exceeds
/// `maxBytes` plus zstd's window, whatever the header claims. Malformed for damaged or cut-off input.
[[nodiscard]] Result<std::string> zstdDecompress(std::string_view bytes, std::size_t maxBytes);

/// One zstd frame that only tells how `bytes` differ from `base`, with a checksum: small when they are alike. Reads
/// back with the same base only. Either may be up to kDeltaBytes long, or empty; else TooLarge.
inline constexpr std::size_t kDeltaBytes = 8 << 20;
[[nodiscard]] Result<std::string> zstdCompressDelta(std::string_view bytes, std::string_view base, int level = 3);

/// Unpacks a frame of zstdCompressDelta(). TooLarge past kDeltaBytes; Malformed for damaged input or another base.
[[nodiscard]] Result<std::string> zstdDecompressDelta(std::string_view packed, std::string_view base);

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/raw_bytes.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// Windows' 16-bit text as UTF-8. Half of a surrogate pair, which Windows lets pass in names, becomes U+FFFD: what
/// leaves this room is always UTF-8.
[[nodiscard]] std::string toUtf8(std::u16string_view text);

/// The text in `size` bytes at `offset`, up to its NUL or the end of the bytes.
[[nodiscard]] std::string utf16At(RawBytes bytes, std::size_t offset, std::size_t size);

/// The text that a UNICODE_STRING at `offset` points at: a length in bytes, the room, and an address. `base` is the
/// address that `bytes` had when they were written; what points outside of them is empty.
[[nodiscard]] std::string unicodeStringAt(RawBytes bytes, std::size_t offset, std::uint64_t base);

/// A list of texts that end in NUL each, up to an empty one or the end (REG_MULTI_SZ, QueryDosDevice).
[[nodiscard]] std::vector<std::string> splitTexts(std::u16string_view list);

} // namespace sextant::platform::parse

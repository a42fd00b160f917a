// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace sextant::metrics {

/// A character of a text in UTF-8, and the bytes it takes there. A byte that does not belong is U+FFFD of width 1.
struct Rune {
    char32_t value = 0;
    std::size_t width = 0;

    [[nodiscard]] bool broken() const { return value == U'\uFFFD' && width == 1; }
};

/// The first character of a text that is not empty, as RFC 3629 has it: no overlong forms, no surrogates, nothing past
/// U+10FFFF.
[[nodiscard]] Rune firstRune(std::string_view text);

/// True for UTF-8 without NUL.
[[nodiscard]] bool isText(std::string_view bytes);

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/utf8.h"

#include <array>

namespace sextant::metrics {
namespace {

constexpr Rune kBroken{U'\uFFFD', 1};

} // namespace

Rune firstRune(std::string_view text)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return {lead, 1};
    const std::size_t width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < width)
        return kBroken;
    char32_t value = lead & (0xFFU >> (width + 1));
    for (std::size_t i = 1; i < width; ++i) {
        if ((byte(i) & 0xC0U) != 0x80)
            return kBroken;
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (value < least[width] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
        return kBroken;
    return {value, width};
}

bool isText(std::string_view bytes)
{
    while (!bytes.empty()) {
        const Rune rune = firstRune(bytes);
        if (rune.broken() || rune.value == 0)
            return false;
        bytes.remove_prefix(rune.width);
    }
    return true;
}

} // namespace sextant::metrics

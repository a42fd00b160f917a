// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/ssid.h"

#include "metrics/utf8.h"

#include <algorithm>
#include <string_view>

namespace sextant::platform::parse {
namespace {

/// UTF-8 without control characters.
bool isPrintable(std::string_view text)
{
    while (!text.empty()) {
        const metrics::Rune rune = metrics::firstRune(text);
        if (rune.broken() || rune.value < 0x20 || (rune.value >= 0x7f && rune.value < 0xa0))
            return false;
        text.remove_prefix(rune.width);
    }
    return true;
}

} // namespace

std::string ssidText(RawBytes bytes)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    bytes = bytes.first(std::min(bytes.size(), kSsidBytes));
    if (std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; }))
        return {};
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (isPrintable(text))
        return text;
    std::string escaped;
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        if (value >= 0x20 && value < 0x7f && value != '\\')
            escaped += static_cast<char>(value);
        else
            escaped.append("\\x").append({kHex[value >> 4U], kHex[value & 0xfU]});
    }
    return escaped;
}

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/batch.h"

#include <cstddef>
#include <optional>

namespace sextant::metrics {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool isDashPosition(std::size_t position)
{
    return position == 8 || position == 13 || position == 18 || position == 23;
}

std::optional<std::uint8_t> hexValue(char digit)
{
    if (digit >= '0' && digit <= '9')
        return static_cast<std::uint8_t>(digit - '0');
    const char lower = static_cast<char>(digit | 0x20);
    if (lower >= 'a' && lower <= 'f')
        return static_cast<std::uint8_t>(lower - 'a' + 10);
    return std::nullopt;
}

} // namespace

BatchId BatchId::make(std::int64_t unixMs, const std::array<std::uint8_t, 10>& random)
{
    Bytes bytes{};
    for (std::size_t i = 0; i < 6; ++i)
        bytes[i] = static_cast<std::uint8_t>(unixMs >> (40 - 8 * i));
    for (std::size_t i = 0; i < random.size(); ++i)
        bytes[6 + i] = random[i];
    bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0f)); // version 7
    bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f)); // variant of RFC 9562
    return BatchId(bytes);
}

Result<BatchId> BatchId::parse(std::string_view text)
{
    const auto malformed = [] { return fail(ErrorCode::Malformed, "a batch id is a UUID of 36 characters"); };
    if (text.size() != 36)
        return malformed();
    Bytes bytes{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (isDashPosition(i)) {
            if (text[i] != '-')
                return malformed();
            continue;
        }
        const auto digit = hexValue(text[i]);
        if (!digit)
            return malformed();
        bytes[digits / 2] = static_cast<std::uint8_t>((bytes[digits / 2] << 4) | *digit);
        ++digits;
    }
    return BatchId(bytes);
}

std::string BatchId::toString() const
{
    std::string text;
    text.reserve(36);
    for (const std::uint8_t byte : m_bytes) {
        if (isDashPosition(text.size()))
            text += '-';
        text += kHexDigits[byte >> 4];
        text += kHexDigits[byte & 0x0f];
    }
    return text;
}

} // namespace sextant::metrics

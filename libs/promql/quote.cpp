// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/quote.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace sextant::promql {
namespace {

std::string hex(std::uint32_t value, std::size_t digits, const char* alphabet = "0123456789abcdef")
{
    std::string text(digits, '0');
    for (std::size_t i = digits; i-- > 0; value >>= 4U)
        text[i] = alphabet[value & 0xFU];
    return text;
}

struct RuneRange {
    char32_t first;
    char32_t last;
};

// Of Unicode: controls, separators, format characters, surrogates, private use, and what is no character.
constexpr auto kUnprintable = std::to_array<RuneRange>({
    {0x7F, 0xA0},
    {0xAD, 0xAD},
    {0x600, 0x605},
    {0x61C, 0x61C},
    {0x6DD, 0x6DD},
    {0x70F, 0x70F},
    {0x1680, 0x1680},
    {0x180E, 0x180E},
    {0x2000, 0x200F},
    {0x2028, 0x202F},
    {0x205F, 0x206F},
    {0x3000, 0x3000},
    {0xD800, 0xF8FF},
    {0xFEFF, 0xFEFF},
    {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF},
    {0xE0000, 0xE00FF},
    {0xE01F0, 0x10FFFF},
});

bool isPrintable(char32_t rune)
{
    if (rune < 0x20)
        return false;
    const auto range = std::ranges::lower_bound(kUnprintable, rune, {}, &RuneRange::last);
    return range == kUnprintable.end() || rune < range->first;
}

/// Go's letter for a control character, or 0.
char escapeLetter(char32_t rune)
{
    constexpr std::string_view letters = "abtnvfr"; // U+0007 on
    return rune >= 7 && rune <= 13 ? letters[rune - 7] : '\0';
}

void appendEscaped(std::string& text, Rune rune, char32_t quote)
{
    const char32_t value = rune.value;
    if (value == quote || value == U'\\') {
        text += '\\';
        text += static_cast<char>(value);
    } else if (const char letter = escapeLetter(value); letter != '\0') {
        text += '\\';
        text += letter;
    } else if (isPrintable(value)) {
        appendUtf8(text, value);
    } else if (value < 0x80) {
        text += "\\x" + hex(value, 2);
    } else {
        text += value < 0x10000 ? "\\u" + hex(value, 4) : "\\U" + hex(value, 8);
    }
}

std::optional<std::uint32_t> digits(std::string_view text, std::size_t count, int base)
{
    std::uint32_t value = 0;
    if (text.size() < count)
        return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + count, value, base);
    return error == std::errc{} && end == text.data() + count ? std::optional(value) : std::nullopt;
}

/// Appends what the escape at the start of `rest` (behind its backslash) stands for and drops it; false: it is wrong.
bool unescape(std::string_view& rest, char quote, std::string& text)
{
    if (rest.empty())
        return false;
    const char letter = rest.front();
    rest.remove_prefix(1);
    if (letter == '\\' || letter == quote) {
        text += letter;
        return true;
    }
    if (const std::size_t control = std::string_view("abtnvfr").find(letter); control != std::string_view::npos) {
        text += static_cast<char>(control + 7);
        return true;
    }
    if (letter == 'u' || letter == 'U') {
        const std::size_t count = letter == 'u' ? 4 : 8;
        const auto value = digits(rest, count, 16);
        if (!value || *value > 0x10FFFF)
            return false;
        appendUtf8(text, *value);
        rest.remove_prefix(count);
        return true;
    }
    std::optional<std::uint32_t> byte;
    std::size_t count = 2;
    if (letter == 'x') {
        byte = digits(rest, count, 16);
    } else if (letter >= '0' && letter <= '7') {
        byte = digits(rest, count, 8);
        if (byte)
            *byte += static_cast<std::uint32_t>(letter - '0') * 64;
    }
    if (!byte || *byte > 0xFF)
        return false;
    text += static_cast<char>(*byte);
    rest.remove_prefix(count);
    return true;
}

} // namespace

void appendUtf8(std::string& text, char32_t rune)
{
    const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | ((rune >> shift) & 0x3FU)); };
    if (rune < 0x80) {
        text += static_cast<char>(rune);
    } else if (rune < 0x800) {
        text += static_cast<char>(0xC0U | (rune >> 6U));
        tail(0);
    } else if (rune < 0x10000) {
        text += static_cast<char>(0xE0U | (rune >> 12U));
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xF0U | (rune >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::string quoted(std::string_view text)
{
    std::string result = "\"";
    while (!text.empty()) {
        const Rune rune = firstRune(text);
        if (rune.broken())
            result += "\\x" + hex(static_cast<unsigned char>(text.front()), 2);
        else
            appendEscaped(result, rune, U'"');
        text.remove_prefix(rune.width);
    }
    return result + '"';
}

std::string quotedRune(char32_t rune)
{
    std::string result = "'";
    appendEscaped(result, {rune, 0}, U'\'');
    return result + '\'';
}

std::string codePoint(char32_t rune)
{
    std::string result = "U+" + hex(rune, rune < 0x10000 ? 4 : rune < 0x100000 ? 5 : 6, "0123456789ABCDEF");
    if (isPrintable(rune)) {
        result += " '";
        appendUtf8(result, rune);
        result += '\'';
    }
    return result;
}

std::optional<std::string> unquoted(std::string_view literal)
{
    const char quote = literal.front();
    std::string_view rest = literal.substr(1, literal.size() - 2);
    if (quote == '`')
        return std::string(rest);
    std::string text;
    text.reserve(rest.size());
    while (!rest.empty()) {
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c != '\\')
            text += c;
        else if (!unescape(rest, quote, text))
            return std::nullopt;
    }
    return text;
}

} // namespace sextant::promql

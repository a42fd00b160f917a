// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/json.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <array>

namespace sextant::platform::parse {
namespace {

constexpr char32_t kReplacement = U'\uFFFD';

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

void append(std::string& text, char32_t rune)
{
    const auto byte = [&text](char32_t value) { text += static_cast<char>(value); };
    if (rune < 0x80) {
        byte(rune);
        return;
    }
    if (rune < 0x800) {
        byte(0xC0 | (rune >> 6));
    } else {
        if (rune < 0x10000) {
            byte(0xE0 | (rune >> 12));
        } else {
            byte(0xF0 | (rune >> 18));
            byte(0x80 | ((rune >> 12) & 0x3F));
        }
        byte(0x80 | ((rune >> 6) & 0x3F));
    }
    byte(0x80 | (rune & 0x3F));
}

} // namespace

void JsonReader::fail()
{
    m_broken = true;
    m_rest = {};
}

void JsonReader::blanks()
{
    m_rest.remove_prefix(std::min(m_rest.find_first_not_of(" \t\r\n"), m_rest.size()));
}

/// The first byte of the next value; NUL at the end.
char JsonReader::peek()
{
    blanks();
    return m_rest.empty() ? '\0' : m_rest.front();
}

bool JsonReader::enter(char bracket)
{
    if (peek() != bracket) {
        skip();
        return false;
    }
    if (++m_depth > kMaxDepth) {
        fail();
        return false;
    }
    m_rest.remove_prefix(1);
    return true;
}

/// Whether another member or item comes; takes the comma before it or the bracket at the end.
bool JsonReader::next(char bracket, bool first)
{
    const char c = peek();
    if (c == bracket) {
        m_rest.remove_prefix(1);
        --m_depth;
        return false;
    }
    if (!first) {
        if (c != ',') {
            fail();
            return false;
        }
        m_rest.remove_prefix(1);
    }
    if (const char after = peek(); after == '\0' || after == '}' || after == ']') {
        fail();
        return false;
    }
    return true;
}

bool JsonReader::takeName(std::string& name)
{
    name.clear();
    if (peek() != '"' || !takeText(&name) || peek() != ':') {
        fail();
        return false;
    }
    m_rest.remove_prefix(1);
    return true;
}

std::optional<std::string> JsonReader::text()
{
    if (peek() != '"') {
        skip();
        return std::nullopt;
    }
    std::string text;
    return takeText(&text) ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<std::uint64_t> JsonReader::number()
{
    const char c = peek();
    if (!isDigit(c) && c != '-') {
        skip();
        return std::nullopt;
    }
    return toUnsigned(takeNumber());
}

void JsonReader::skip()
{
    switch (const char c = peek()) {
    case '{':
        object([this](std::string_view) { skip(); });
        break;
    case '[':
        array([this] { skip(); });
        break;
    case '"':
        static_cast<void>(takeText(nullptr));
        break;
    default:
        if (isDigit(c) || c == '-')
            static_cast<void>(takeNumber());
        else
            takeWord();
    }
}

bool JsonReader::whole()
{
    return peek() == '\0' && m_rest.empty() && !m_broken && m_depth == 0;
}

/// A text with its quotes; null: read over.
bool JsonReader::takeText(std::string* text)
{
    m_rest.remove_prefix(1);
    while (true) {
        const auto* const end = std::ranges::find_if(
            m_rest, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; });
        const auto plain = static_cast<std::size_t>(end - m_rest.begin());
        if (text != nullptr)
            text->append(m_rest.substr(0, plain));
        m_rest.remove_prefix(plain);
        if (m_rest.empty() || static_cast<unsigned char>(m_rest.front()) < ' ') {
            fail();
            return false;
        }
        const bool escape = m_rest.front() == '\\';
        m_rest.remove_prefix(1);
        if (!escape)
            return true;
        if (!takeEscape(text)) {
            fail();
            return false;
        }
    }
}

bool JsonReader::takeEscape(std::string* text)
{
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (m_rest.empty())
        return false;
    const char letter = m_rest.front();
    m_rest.remove_prefix(1);
    char32_t rune = 0;
    if (letter == 'u') {
        const auto first = takeHex();
        if (!first)
            return false;
        rune = *first;
        if (rune >= 0xD800 && rune < 0xDC00 && m_rest.starts_with("\\u")) {
            const std::string_view before = m_rest;
            m_rest.remove_prefix(2);
            const auto second = takeHex();
            if (!second)
                return false;
            if (*second >= 0xDC00 && *second < 0xE000)
                rune = 0x10000 + ((rune - 0xD800) << 10) + (*second - 0xDC00);
            else
                m_rest = before;
        }
        if (rune >= 0xD800 && rune < 0xE000)
            rune = kReplacement;
    } else {
        const std::size_t place = kLetters.find(letter);
        if (place == std::string_view::npos)
            return false;
        rune = static_cast<unsigned char>(kMeanings[place]);
    }
    if (text != nullptr)
        append(*text, rune);
    return true;
}

std::optional<char32_t> JsonReader::takeHex()
{
    constexpr std::size_t kDigits = 4;
    const std::string_view digits = m_rest.substr(0, kDigits);
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    if (digits.size() < kDigits || digits.find_first_not_of(kHex) != std::string_view::npos)
        return std::nullopt;
    m_rest.remove_prefix(kDigits);
    return static_cast<char32_t>(*fromHex(digits));
}

/// Empty, and broken, when it is none.
std::string_view JsonReader::takeNumber()
{
    const std::string_view start = m_rest;
    const auto digits = [this] {
        const std::size_t count = std::min(m_rest.find_first_not_of("0123456789"), m_rest.size());
        m_rest.remove_prefix(count);
        return count;
    };
    const auto takeOne = [this](std::string_view of) {
        const bool found = !m_rest.empty() && of.find(m_rest.front()) != std::string_view::npos;
        m_rest.remove_prefix(found ? 1 : 0);
        return found;
    };
    takeOne("-");
    const bool zero = m_rest.starts_with('0');
    const std::size_t whole = digits();
    bool good = whole > 0 && (!zero || whole == 1);
    if (takeOne("."))
        good = digits() > 0 && good;
    if (takeOne("eE")) {
        takeOne("+-");
        good = digits() > 0 && good;
    }
    if (!good) {
        fail();
        return {};
    }
    return start.substr(0, start.size() - m_rest.size());
}

void JsonReader::takeWord()
{
    for (const std::string_view word : {"true", "false", "null"}) {
        if (m_rest.starts_with(word)) {
            m_rest.remove_prefix(word.size());
            return;
        }
    }
    fail();
}

} // namespace sextant::platform::parse

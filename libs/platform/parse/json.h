// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::platform::parse {

/// Reads one JSON text (RFC 8259) from front to back: enough for the answers of programs of this machine, of which a
/// few members count. The caller walks it, and each call takes one value; one of another type than was asked for is
/// read over and gives nothing. What is no JSON, or nests deeper than kMaxDepth, breaks the reader: nothing more comes
/// out of it then, and whole() is false. Keeps nothing of the text but a view. One thread.
///
///     json.object([&](std::string_view name) {
///         if (name == "Id")
///             id = json.text();
///         else
///             json.skip();
///     });
class JsonReader {
public:
    static constexpr std::size_t kMaxDepth = 64;

    explicit JsonReader(std::string_view text) : m_rest(text) {}

    /// Calls `member` with each name; it has to take the value. False when the value is no object.
    template <typename Member>
    bool object(Member member)
    {
        if (!enter('{'))
            return false;
        std::string name;
        for (bool first = true; next('}', first); first = false) {
            if (takeName(name))
                member(std::string_view(name));
        }
        return true;
    }
    /// Calls `item` before each item; it has to take it. False when the value is no array.
    template <typename Item>
    bool array(Item item)
    {
        if (!enter('['))
            return false;
        for (bool first = true; next(']', first); first = false)
            item();
        return true;
    }
    /// In UTF-8 as far as the text was; a half surrogate becomes U+FFFD.
    [[nodiscard]] std::optional<std::string> text();
    /// Nothing for one that is negative, has a fraction or an exponent, or does not fit.
    [[nodiscard]] std::optional<std::uint64_t> number();
    void skip();

    /// True when all of it was read and nothing but blanks follows.
    [[nodiscard]] bool whole();

private:
    void blanks();
    [[nodiscard]] char peek();
    [[nodiscard]] bool enter(char bracket);
    [[nodiscard]] bool next(char bracket, bool first);
    [[nodiscard]] bool takeName(std::string& name);
    [[nodiscard]] bool takeText(std::string* text);
    [[nodiscard]] bool takeEscape(std::string* text);
    [[nodiscard]] std::optional<char32_t> takeHex();
    [[nodiscard]] std::string_view takeNumber();
    void takeWord();
    void fail();

    std::string_view m_rest;
    std::size_t m_depth = 0;
    bool m_broken = false;
};

} // namespace sextant::platform::parse

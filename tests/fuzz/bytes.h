// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sextant::fuzz {

/// Takes an input apart, from its beginning; past its end everything is 0 or empty. Little-endian machines only.
class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : m_rest(reinterpret_cast<const char*>(data), size) {}

    [[nodiscard]] bool isEmpty() const { return m_rest.empty(); }
    [[nodiscard]] std::string_view rest() const { return m_rest; }

    template <typename Number>
    Number number()
    {
        Number value = 0;
        std::memcpy(&value, m_rest.data(), std::min(sizeof value, m_rest.size()));
        m_rest.remove_prefix(std::min(sizeof value, m_rest.size()));
        return value;
    }

    /// Text of a length that the next byte tells, at most `longest`.
    std::string text(std::size_t longest)
    {
        const std::size_t size = std::min<std::size_t>({number<std::uint8_t>(), longest, m_rest.size()});
        const std::string text(m_rest.substr(0, size));
        m_rest.remove_prefix(size);
        return text;
    }

private:
    std::string_view m_rest;
};

} // namespace sextant::fuzz

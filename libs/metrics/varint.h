// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sextant::metrics {

/// Signed as unsigned with the sign in the lowest bit, so that small numbers of either sign stay small.
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value)
{
    return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t value)
{
    return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

/// Bytes that the longest variable-length number takes.
inline constexpr std::size_t kVarintBytes = 10;

/// Writes a number as LEB128 (seven bits a byte, low ones first) to a place with room for kVarintBytes; gives the place
/// behind it.
inline char* putVarint(char* to, std::uint64_t value)
{
    while (value >= 0x80) {
        *to++ = static_cast<char>(value | 0x80U);
        value >>= 7U;
    }
    *to++ = static_cast<char>(value);
    return to;
}

inline void addVarint(std::string& to, std::uint64_t value)
{
    char bytes[kVarintBytes];
    to.append(bytes, static_cast<std::size_t>(putVarint(bytes, value) - bytes));
}

/// Takes numbers off the front of bytes that may be anything. Once something was not there or not as addVarint() writes
/// it (numbers have one spelling: the shortest), `ok()` is false and everything reads as 0.
class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : m_bytes(bytes) {}

    [[nodiscard]] bool ok() const { return m_ok; }
    [[nodiscard]] bool atEnd() const { return m_at == m_bytes.size(); }
    [[nodiscard]] std::size_t left() const { return m_bytes.size() - m_at; }

    [[nodiscard]] std::uint64_t varint()
    {
        if (m_at < m_bytes.size() && static_cast<signed char>(m_bytes[m_at]) >= 0) // one byte: the usual case
            return static_cast<unsigned char>(m_bytes[m_at++]);
        return longVarint();
    }
    /// Steps over so many numbers without a look at how they are written.
    void skipVarints(std::uint64_t count)
    {
        while (count > 0 && left() >= sizeof(std::uint64_t)) {
            std::uint64_t eight = 0;
            std::memcpy(&eight, m_bytes.data() + m_at, sizeof eight);
            // A number ends in each byte whose highest bit is not set; the product adds those up.
            const std::uint64_t ends = (((~eight >> 7U) & 0x0101'0101'0101'0101U) * 0x0101'0101'0101'0101U) >> 56U;
            if (ends >= count)
                break;
            m_at += sizeof eight;
            count -= ends;
        }
        for (; count > 0 && m_at < m_bytes.size(); ++m_at)
            count -= static_cast<unsigned char>(m_bytes[m_at]) < 0x80 ? 1U : 0U;
        if (count > 0)
            fail();
    }
    [[nodiscard]] std::uint8_t byte()
    {
        if (atEnd()) {
            fail();
            return 0;
        }
        return static_cast<std::uint8_t>(m_bytes[m_at++]);
    }
    [[nodiscard]] std::string_view take(std::uint64_t size)
    {
        if (size > left()) {
            fail();
            return {};
        }
        m_at += size;
        return m_bytes.substr(m_at - size, size);
    }

private:
    void fail()
    {
        m_ok = false;
        m_at = m_bytes.size();
    }
    std::uint64_t longVarint()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && m_at < m_bytes.size(); shift += 7) {
            const auto next = static_cast<unsigned char>(m_bytes[m_at++]);
            if ((shift == 63 && next > 1) || (next == 0 && shift != 0))
                break; // more than 64 bits, or a number that is longer than it must be
            value |= static_cast<std::uint64_t>(next & 0x7fU) << shift;
            if (next < 0x80)
                return value;
        }
        fail();
        return 0;
    }

    std::string_view m_bytes;
    std::size_t m_at = 0;
    bool m_ok = true;
};

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/netlink.h"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

/// Messages like the kernel's, made by hand from netlink(7): attributes one after the other, and what holds them.
class MadeAttributes {
public:
    template <typename T>
    MadeAttributes& add(std::uint16_t type, T number)
    {
        return add(type, std::as_bytes(std::span(&number, 1)));
    }
    MadeAttributes& add(std::uint16_t type, std::string_view text) { return add(type, std::as_bytes(std::span(text))); }
    MadeAttributes& add(std::uint16_t type, const MadeAttributes& nested)
    {
        constexpr unsigned kNested = 0x8000; // a flag, which the kernel does not always set
        return add(static_cast<std::uint16_t>(type | kNested), sextant::platform::parse::RawBytes(nested.m_bytes));
    }
    MadeAttributes& add(std::uint16_t type, sextant::platform::parse::RawBytes value)
    {
        put(static_cast<std::uint16_t>(4 + value.size()));
        put(type);
        m_bytes.insert(m_bytes.end(), value.begin(), value.end());
        m_bytes.resize((m_bytes.size() + 3) / 4 * 4);
        return *this;
    }
    [[nodiscard]] sextant::platform::parse::RawBytes bytes() const { return m_bytes; }

protected:
    template <typename T>
    void put(T number)
    {
        const auto raw = std::as_bytes(std::span(&number, 1));
        m_bytes.insert(m_bytes.end(), raw.begin(), raw.end());
    }

    std::vector<std::byte> m_bytes;
};

/// A datagram of messages.
class MadeDatagram : public MadeAttributes {
public:
    MadeDatagram& message(
        std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, const MadeAttributes& attributes)
    {
        header(type, flags, sequence, 20 + attributes.bytes().size());
        put(std::uint32_t{0x107}); // the family's command and version
        m_bytes.insert(m_bytes.end(), attributes.bytes().begin(), attributes.bytes().end());
        return *this;
    }
    /// NLMSG_ERROR (2) or NLMSG_DONE (3) with an errno, or 0.
    MadeDatagram& end(std::uint16_t type, std::uint32_t sequence, std::int32_t number)
    {
        header(type, 2, sequence, 20);
        put(-number);
        return *this;
    }

private:
    void header(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, std::size_t size)
    {
        put(static_cast<std::uint32_t>(size));
        put(type);
        put(flags);
        put(sequence);
        put(std::uint32_t{0});
    }
};

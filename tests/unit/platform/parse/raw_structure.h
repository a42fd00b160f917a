// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/raw_bytes.h"

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

/// A kernel's structure made by hand: so many zero bytes, into which a test puts numbers and texts by their offsets.
class RawStructure {
public:
    explicit RawStructure(std::size_t size) : m_bytes(size) {}

    template <typename T>
    RawStructure& put(std::size_t offset, T value)
    {
        std::memcpy(m_bytes.data() + offset, &value, sizeof(value));
        return *this;
    }
    RawStructure& text(std::size_t offset, std::string_view text)
    {
        std::memcpy(m_bytes.data() + offset, text.data(), text.size());
        return *this;
    }
    RawStructure& append(const RawStructure& other)
    {
        m_bytes.insert(m_bytes.end(), other.m_bytes.begin(), other.m_bytes.end());
        return *this;
    }

    [[nodiscard]] sextant::platform::parse::RawBytes bytes() const { return m_bytes; }
    [[nodiscard]] sextant::platform::parse::RawBytes cutBy(std::size_t count) const
    {
        return bytes().first(m_bytes.size() - count);
    }

private:
    std::vector<std::byte> m_bytes;
};

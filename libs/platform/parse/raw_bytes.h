// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace sextant::platform::parse {

/// What a kernel wrote, byte for byte.
using RawBytes = std::span<const std::byte>;

/// The number at `offset` in the byte order of this machine; 0 where the bytes end before it. Callers check the size of
/// the whole structure first.
template <typename T>
[[nodiscard]] T numberAt(RawBytes bytes, std::size_t offset)
{
    static_assert(std::is_arithmetic_v<T>);
    T value{};
    if (offset <= bytes.size() && sizeof(T) <= bytes.size() - offset)
        std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

/// The text in a field of `size` bytes at `offset`, up to its NUL or the end of the field.
[[nodiscard]] inline std::string textAt(RawBytes bytes, std::size_t offset, std::size_t size)
{
    if (offset > bytes.size())
        return {};
    const RawBytes field = bytes.subspan(offset, std::min(size, bytes.size() - offset));
    const auto end = std::ranges::find(field, std::byte{0});
    return {reinterpret_cast<const char*>(field.data()), static_cast<std::size_t>(end - field.begin())};
}

} // namespace sextant::platform::parse

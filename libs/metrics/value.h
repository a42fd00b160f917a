// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>

namespace sextant::metrics {

/// One cell of a frame: a fixed-point integer, a double, or absent. Absent means "not known" and is never the same as
/// 0. A fixed-point column holds value × 10^scale (see Column::scale), so that counters stay exact to the last byte and
/// percents compress and store as integers. A real column holds a double. Which of the two a cell is follows from its
/// column, and Frame keeps to it. A plain value of 16 bytes.
class Value {
public:
    constexpr Value() = default;

    [[nodiscard]] static constexpr Value fixed(std::int64_t scaled) { return {Tag::Fixed, scaled}; }
    [[nodiscard]] static constexpr Value real(double value) { return {Tag::Real, std::bit_cast<std::int64_t>(value)}; }

    [[nodiscard]] constexpr bool isAbsent() const { return m_tag == Tag::Absent; }
    [[nodiscard]] constexpr bool isFixed() const { return m_tag == Tag::Fixed; }
    [[nodiscard]] constexpr bool isReal() const { return m_tag == Tag::Real; }

    /// The scaled integer. Meaningful only when isFixed().
    [[nodiscard]] constexpr std::int64_t scaled() const { return m_bits; }
    /// The double. Meaningful only when isReal().
    [[nodiscard]] constexpr double asReal() const { return std::bit_cast<double>(m_bits); }

    /// Bitwise: two NaNs with the same bits are equal, 0.0 and -0.0 are not.
    friend constexpr bool operator==(const Value&, const Value&) = default;

private:
    enum class Tag : std::uint8_t { Absent, Fixed, Real };

    constexpr Value(Tag tag, std::int64_t bits) : m_bits(bits), m_tag(tag) {}

    std::int64_t m_bits = 0;
    Tag m_tag = Tag::Absent;
};

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace sextant::platform {

/// Makes 64 bits of a counter that the system keeps in 32 and lets begin again: what it grew by since the reading
/// before is added. Right as long as it does not go round between two readings. A new reader begins with the 32 bits.
class WideningCounter {
public:
    std::uint64_t widen(std::uint32_t count)
    {
        m_total = m_last ? m_total + (count - *m_last) : count; // unsigned: the distance is right over the end
        m_last = count;
        return m_total;
    }

private:
    std::optional<std::uint32_t> m_last;
    std::uint64_t m_total = 0;
};

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/clock_skew.h"

#include <algorithm>
#include <cstdlib>

namespace sextant::server {

void ClockSkew::add(std::int64_t aheadMs)
{
    m_measured[m_count++ % kKept] = aheadMs;
}

std::optional<std::int64_t> ClockSkew::aheadMs() const
{
    if (m_count == 0)
        return std::nullopt;
    return *std::max_element(
        m_measured.begin(), m_measured.begin() + static_cast<std::ptrdiff_t>(std::min(m_count, kKept)));
}

std::optional<std::int64_t> ClockSkew::wrongByMs() const
{
    const auto ahead = aheadMs();
    if (!ahead || std::abs(*ahead) <= kWrongMs)
        return std::nullopt;
    return *ahead / 100 * 100;
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/backoff.h"

#include <algorithm>
#include <cstdint>

namespace sextant::metrics {

Backoff::Milliseconds Backoff::next(std::optional<Milliseconds> retryAfter)
{
    const auto scaled = [](Milliseconds base, double factor) {
        return Milliseconds(static_cast<std::int64_t>(static_cast<double>(base.count()) * factor));
    };
    const double dice = m_dice();
    const Milliseconds own = scaled(m_current, 0.75 + dice * 0.5);
    m_current = std::min(m_current * 2, m_longest);
    if (!retryAfter)
        return own;
    return std::max(own, scaled(std::min(*retryAfter, kLongestAsked), 1.0 + dice * 0.25));
}

} // namespace sextant::metrics

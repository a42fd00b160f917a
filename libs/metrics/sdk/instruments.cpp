// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/instruments.h"

#include <algorithm>
#include <cmath>

namespace sextant::metrics::sdk {

Histogram::Histogram(std::span<const double> bounds)
    : m_bounds(bounds.begin(), bounds.end()),
      m_counts(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1))
{
}

void Histogram::observe(double value)
{
    if (std::isnan(value))
        return;
    const auto bucket = std::lower_bound(m_bounds.begin(), m_bounds.end(), value) - m_bounds.begin();
    m_sum.fetch_add(value, std::memory_order_relaxed);
    m_counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const
{
    Reading reading;
    reading.cumulative.reserve(m_bounds.size() + 1);
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket <= m_bounds.size(); ++bucket) {
        count += m_counts[bucket].load(std::memory_order_relaxed);
        reading.cumulative.push_back(count);
    }
    reading.sum = m_sum.load(std::memory_order_relaxed);
    return reading;
}

std::vector<double> durationBounds()
{
    return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

} // namespace sextant::metrics::sdk

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/server_metrics.h"

#include <algorithm>

namespace sextant::server {
namespace {

std::size_t rowOf(int route)
{
    return static_cast<std::size_t>(route + 1);
}

} // namespace

void ServerMetrics::countAnswer(int route, int status)
{
    const auto statusClass = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
    m_answers[rowOf(route)][statusClass].fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t ServerMetrics::answers(int route, int statusClass) const
{
    return m_answers[rowOf(route)][static_cast<std::size_t>(std::clamp(statusClass, 0, 5))].load(
        std::memory_order_relaxed);
}

} // namespace sextant::server

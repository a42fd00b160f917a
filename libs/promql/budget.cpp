// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/budget.h"

#include <algorithm>
#include <utility>

namespace sextant::promql {

Budget::Budget(const Limits& limits, std::function<bool()> cancelled)
    : m_limits(limits), m_cancelled(std::move(cancelled)), m_deadline(std::chrono::steady_clock::now() + limits.time)
{
}

Result<void> Budget::addSamples(std::size_t count)
{
    m_samples += count;
    m_peak = std::max(m_peak, m_samples);
    if (m_samples > m_limits.samples)
        return fail(ErrorCode::TooLarge,
            "query processing would load too many samples into memory: more than " + std::to_string(m_limits.samples));
    return check();
}

Result<void> Budget::checkSeries(std::size_t count) const
{
    if (count > m_limits.series)
        return fail(ErrorCode::TooLarge,
            "the query selects more than " + std::to_string(m_limits.series) + " series: select fewer of them");
    return {};
}

Result<void> Budget::check()
{
    if (isCancelled())
        return fail(ErrorCode::Busy, "query was canceled");
    if (std::chrono::steady_clock::now() > m_deadline)
        return fail(ErrorCode::TimedOut, "query timed out in expression evaluation");
    return {};
}

void Budget::releaseSamples(std::size_t count)
{
    m_samples -= std::min(count, m_samples);
}

} // namespace sextant::promql

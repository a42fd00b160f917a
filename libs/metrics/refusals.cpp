// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/refusals.h"

#include <numeric>

namespace sextant::metrics {

std::string_view reasonName(RefusalReason reason)
{
    switch (reason) {
    case RefusalReason::UnknownFamily:
        return "unknown_family";
    case RefusalReason::BadText:
        return "bad_text";
    case RefusalReason::LongLabel:
        return "long_label";
    case RefusalReason::NotFinite:
        return "not_finite";
    case RefusalReason::TimeAhead:
        return "time_ahead";
    case RefusalReason::TimeTooOld:
        return "time_too_old";
    case RefusalReason::TooManyInstances:
        return "too_many_instances";
    }
    return "unknown";
}

std::size_t Refusals::sentRow(std::size_t frame, std::size_t row) const
{
    // Those of one frame are listed in the order of their rows.
    for (const Refusal& refusal : m_listed) {
        if (refusal.frame == frame && refusal.row && *refusal.row <= row)
            ++row;
    }
    return row;
}

std::size_t Refusals::rows() const
{
    return std::accumulate(m_rows.begin(), m_rows.end(), std::size_t{0});
}

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/range_set.h"

#include <algorithm>

namespace sextant::server {

bool RangeSet::add(Range range, std::int64_t join, Change& change)
{
    // Ranges from the first that ends late enough to the last that begins early enough become one.
    const auto first = std::ranges::lower_bound(m_ranges, range.from - join, {}, &Range::to);
    auto last = first;
    Range merged = range;
    for (; last != m_ranges.end() && last->from <= range.to + join; ++last)
        merged = {std::min(merged.from, last->from), std::max(merged.to, last->to)};
    if (last - first == 1 && *first == merged)
        return false;
    change = {{}, merged};
    for (auto old = first; old != last; ++old) {
        if (old->from != merged.from)
            change.removed.push_back(old->from);
    }
    if (first == last) {
        m_ranges.insert(first, merged);
    } else {
        *first = merged;
        m_ranges.erase(first + 1, last);
    }
    if (m_ranges.size() > kMost) {
        change.removed.push_back(m_ranges.front().from);
        m_ranges.erase(m_ranges.begin());
    }
    return true;
}

std::vector<Range> holes(const std::vector<Range>& ranges, Range whole)
{
    std::vector<Range> found;
    std::int64_t at = whole.from;
    for (const Range& range : parts(ranges, whole)) {
        if (range.from > at)
            found.push_back({at, range.from});
        at = range.to;
    }
    if (at < whole.to)
        found.push_back({at, whole.to});
    return found;
}

std::vector<Range> parts(const std::vector<Range>& ranges, Range whole)
{
    std::vector<Range> found;
    for (auto range = std::ranges::upper_bound(ranges, whole.from, {}, &Range::to);
         range != ranges.end() && range->from < whole.to; ++range)
        found.push_back({std::max(range->from, whole.from), std::min(range->to, whole.to)});
    return found;
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/charts/reduce.h"

#include <algorithm>
#include <cstdlib>

namespace sextant::console {
namespace {

std::span<const Bucket> withNeighbours(std::span<const Bucket> buckets, TimeSpan window)
{
    auto first = std::ranges::lower_bound(buckets, window.from, {}, &Bucket::time);
    auto last = std::ranges::lower_bound(buckets, window.to, {}, &Bucket::time);
    if (first != buckets.begin())
        --first;
    if (last != buckets.end())
        ++last;
    return {first, last};
}

std::span<const Bucket> inside(std::span<const Bucket> buckets, TimeSpan window)
{
    const auto first = std::ranges::lower_bound(buckets, window.from, {}, &Bucket::time);
    const auto last = std::ranges::lower_bound(buckets, window.to, {}, &Bucket::time);
    return {first, last};
}

/// Collects the buckets of one pixel column.
struct Column {
    std::int64_t index = 0;
    bool used = false;
    std::int64_t leastAt = 0, greatestAt = 0;
    double least = 0, greatest = 0;

    void take(const Bucket& bucket)
    {
        if (!used || bucket.minimum < least) {
            least = bucket.minimum;
            leastAt = bucket.time;
        }
        if (!used || bucket.maximum > greatest) {
            greatest = bucket.maximum;
            greatestAt = bucket.time;
        }
        used = true;
    }

    void flush(QList<QPointF>& points)
    {
        if (!used)
            return;
        const QPointF low(static_cast<double>(leastAt), least);
        const QPointF high(static_cast<double>(greatestAt), greatest);
        const bool lowFirst = leastAt <= greatestAt;
        points.append(lowFirst ? low : high);
        if (low != high)
            points.append(lowFirst ? high : low);
        used = false;
    }
};

} // namespace

std::vector<QList<QPointF>> reduceToColumns(
    std::span<const Bucket> buckets, TimeSpan window, int pixels, std::int64_t gapMs)
{
    std::vector<QList<QPointF>> runs;
    if (window.length() <= 0 || pixels <= 0)
        return runs;
    const double columnMs = static_cast<double>(window.length()) / pixels;
    Column column;
    std::int64_t before = 0;
    for (const Bucket& bucket : withNeighbours(buckets, window)) {
        const auto index = static_cast<std::int64_t>(static_cast<double>(bucket.time - window.from) / columnMs);
        const bool cut = runs.empty() || bucket.time - before > gapMs;
        if (column.used && (cut || index != column.index))
            column.flush(runs.back());
        if (cut)
            runs.emplace_back();
        column.index = index;
        column.take(bucket);
        before = bucket.time;
    }
    if (column.used)
        column.flush(runs.back());
    return runs;
}

std::vector<TimeSpan> gapsIn(std::span<const Bucket> buckets, TimeSpan window, std::int64_t gapMs)
{
    std::vector<TimeSpan> gaps;
    std::int64_t before = window.from;
    bool any = false;
    const auto note = [&](std::int64_t to) {
        const std::int64_t from = std::max(before, window.from);
        if (std::min(to, window.to) - from > gapMs)
            gaps.push_back({from, std::min(to, window.to)});
    };
    for (const Bucket& bucket : withNeighbours(buckets, window)) {
        if (any || bucket.time >= window.from)
            note(bucket.time);
        before = bucket.time;
        any = true;
    }
    note(window.to);
    return gaps;
}

std::int64_t usualStepMs(std::span<const Bucket> buckets)
{
    if (buckets.size() < 3)
        return 0;
    std::vector<std::int64_t> steps;
    for (std::size_t i = 1; i < buckets.size(); ++i)
        steps.push_back(buckets[i].time - buckets[i - 1].time);
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::ranges::nth_element(steps, middle);
    return *middle;
}

const Bucket* nearest(std::span<const Bucket> buckets, std::int64_t time, std::int64_t reachMs)
{
    const auto after = std::ranges::lower_bound(buckets, time, {}, &Bucket::time);
    const Bucket* best = nullptr;
    for (const auto candidate : {after == buckets.begin() ? buckets.end() : std::prev(after), after}) {
        if (candidate == buckets.end() || std::abs(candidate->time - time) > reachMs)
            continue;
        if (!best || std::abs(candidate->time - time) < std::abs(best->time - time))
            best = &*candidate;
    }
    return best;
}

Extremes extremesIn(std::span<const Bucket> buckets, TimeSpan window)
{
    Extremes result;
    double sum = 0;
    int count = 0;
    for (const Bucket& bucket : inside(buckets, window)) {
        result.minimum = result.found ? std::min(result.minimum, bucket.minimum) : bucket.minimum;
        result.maximum = result.found ? std::max(result.maximum, bucket.maximum) : bucket.maximum;
        result.last = bucket.average;
        result.found = true;
        sum += bucket.average;
        ++count;
    }
    if (count > 0)
        result.mean = sum / count;
    return result;
}

} // namespace sextant::console

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/bucket.h"

#include <QList>
#include <QPointF>

#include <span>
#include <vector>

/// Pure functions between buckets and what a chart paints.
namespace sextant::console {

/// The points of a line in at most `pixels` columns over `window`: at most two per column, the least and the greatest
/// value in the order in which they came, so that a peak of one sample survives every zoom. A list per unbroken
/// stretch: the line is cut where two buckets are further apart than `gapMs`. Buckets must be in order of time; those
/// outside the window are left out, save one on either side, so that the line runs to the edge.
[[nodiscard]] std::vector<QList<QPointF>> reduceToColumns(
    std::span<const Bucket> buckets, TimeSpan window, int pixels, std::int64_t gapMs);

/// Where between `window.from` and `window.to` there is no data for longer than `gapMs`. The stretch before the first
/// and after the last bucket counts as well; no bucket at all is one gap.
[[nodiscard]] std::vector<TimeSpan> gapsIn(std::span<const Bucket> buckets, TimeSpan window, std::int64_t gapMs);

/// How far apart the buckets usually are: the median of the steps between them, 0 with fewer than three buckets. A
/// number that the agent reads more seldom than it sends has no gap between two readings.
[[nodiscard]] std::int64_t usualStepMs(std::span<const Bucket> buckets);

/// The bucket nearest to `time`, at most `reachMs` away, or null.
[[nodiscard]] const Bucket* nearest(std::span<const Bucket> buckets, std::int64_t time, std::int64_t reachMs);

/// Least, greatest and mean over the window, and the last value; `found` is false where there is no bucket in it.
struct Extremes {
    bool found = false;
    double last = 0, minimum = 0, maximum = 0, mean = 0;
};
[[nodiscard]] Extremes extremesIn(std::span<const Bucket> buckets, TimeSpan window);

} // namespace sextant::console

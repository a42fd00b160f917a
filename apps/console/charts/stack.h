// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/bucket.h"

#include <QList>
#include <QPointF>

#include <span>
#include <vector>

namespace sextant::console {

/// One unbroken stretch of a stack: the upper edge of each layer, bottom first, all with the same times.
struct StackRun {
    std::vector<QList<QPointF>> edges;
};

/// Layers' means added up, in at most `pixels` columns with two moments each: that of the least and that of the
/// greatest sum, so that a peak of the whole survives every zoom. Layers are aligned by time; a moment counts where the
/// first layer has a bucket, and another layer without one adds nothing there. Cut where the first layer has a gap.
[[nodiscard]] std::vector<StackRun> stackToColumns(
    std::span<const std::span<const Bucket>> layers, TimeSpan window, int pixels, std::int64_t gapMs);

} // namespace sextant::console

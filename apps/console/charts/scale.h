// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/bucket.h"
#include "console/format/format.h"

#include <QString>

#include <optional>
#include <vector>

namespace sextant::console {

/// A value axis from zero: where its hairlines stand and what is written beside them. Every label is in `unit`, which
/// is said once, in the chart's title.
struct ValueScale {
    double maximum = 1;
    std::vector<double> ticks;
    std::vector<QString> labels; ///< one per tick
    QString unit;                ///< "%", "MiB/s", empty for plain numbers
};

/// Nice steps for values up to `highest`: 1, 2, 2.5, 5 times a power of ten, or of two in the unit at hand for bytes
/// (256 MiB, 512 MiB, 1 GiB). Percent goes to 100, except with `leastMaximum`: then to what the
/// values need, but at least to that. `fixedMaximum` (all the memory) is kept as the top when given.
[[nodiscard]] ValueScale scaleFor(Measure measure, double highest, std::optional<double> fixedMaximum,
    std::optional<double> leastMaximum = std::nullopt);

/// A round moment on the time axis. Where the day changes, the label is the date.
struct TimeTick {
    std::int64_t time = 0;
    QString label;
};

/// At most `most` ticks at round local times (…, 5 min, 15 min, 1 h, 6 h, 1 d, …) inside the window.
[[nodiscard]] std::vector<TimeTick> timeTicks(TimeSpan window, int most);

/// The bucket width to ask the server for: round, not below `intervalMs`, and at least one pixel wide, so that least
/// and greatest value per bucket are at most two points per pixel.
[[nodiscard]] std::int64_t stepFor(TimeSpan window, int pixels, std::int64_t intervalMs);

} // namespace sextant::console

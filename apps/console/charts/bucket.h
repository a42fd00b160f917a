// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace sextant::console {

/// What is known about one stretch of time of one series: least, mean and greatest value. Where nothing is known there
/// is no bucket. Times are Unix ms, the beginning of the stretch.
struct Bucket {
    std::int64_t time = 0;
    double minimum = 0, average = 0, maximum = 0;
    int samples = 1; ///< how many live values went into the average; for adding one more
};

/// A stretch of time, `to` not included.
struct TimeSpan {
    std::int64_t from = 0, to = 0;

    [[nodiscard]] std::int64_t length() const { return to - from; }
    friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

} // namespace sextant::console

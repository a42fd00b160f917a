// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"
#include "metrics/catalogue.h"
#include "server/storage/tier.h"

#include <cstdint>

namespace sextant::server {

/// What a bucket of a tier keeps of one column. A gauge's Count, Sum, Min and Max are those of its samples; a counter's
/// are those of its rates: scaled increase per second from one reading to the next, reset-aware, joined only within
/// joinWithinMs() (storage/store.h), counted in the bucket of the later reading. That is what charts show of raw
/// samples, so avg, min, max and last of a tier are those of the samples themselves; and because a coarser bucket adds
/// counts and sums and takes the smallest, largest and last, they stay so at every multiple of the bucket's width.
enum class Stat : std::uint8_t {
    Count,    ///< fixed: how many samples (gauge) or rates (counter)
    Sum,      ///< gauges as their column is, exact when fixed; counters real
    Min,      ///< as Sum
    Max,      ///< as Sum
    Last,     ///< the newest sample as it was read, of counters too
    Increase, ///< counters, fixed: how much they grew, resets not counted as falls; absent when nothing was joined
    WideSum,  ///< fixed gauges whose sum passes 64 bits, real and instead of Sum: a fixed sum never runs over
};

inline constexpr std::uint32_t kStats = 8; ///< room for so many

/// The number of that column in a rolled up block: kStats per column of the family.
[[nodiscard]] constexpr std::uint32_t rollupColumn(std::uint32_t number, Stat stat)
{
    return number * kStats + static_cast<std::uint32_t>(stat);
}

/// Rolls rows of one family of one host up into the buckets of a tier (not Raw). `rows`: sorted by instance and time,
/// in any number of hours. `before`: rows before those, in the same order: what counters grow from; rows that are not
/// before their instance's first one are passed over. The answer has a row for every instance and bucket with a row,
/// even one without values; its time is the bucket's start and its interval that of the bucket's newest row. Buckets of
/// equal rows are equal: nothing depends on the time or on what was rolled up earlier. Pure; any thread.
[[nodiscard]] metrics::Block rollUp(
    const metrics::Family& family, Tier tier, const metrics::Block& rows, const metrics::Block& before);

} // namespace sextant::server

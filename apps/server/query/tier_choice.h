// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/store.h"
#include "server/storage/tier.h"

#include <cstdint>
#include <vector>

namespace sextant::server {

/// A piece of a range and the form in which it is read.
struct Stretch {
    Tier tier = Tier::Raw;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0; ///< not included

    friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// What a query wants of the stored forms.
struct TierQuestion {
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0; ///< not included
    std::int64_t stepMs = 0;
    bool counters = false; ///< also what grows from one hour to the next
};

/// Hours before the range whose late rows change the range: what coverage has to be asked from.
inline constexpr std::int64_t kCoverageBeforeMs = Store::kPreviousWithinMs;

/// Cuts the range into stretches, in order of time, none overlapping, neighbours of different tiers. Nothing that is
/// stored in the range is left out, and nothing is read in two forms.
///
/// A tier is read where its buckets fill the query's exactly: 1 h for a step of whole hours, 5 min for a step of whole
/// 5 minutes, and only where the hour has no hot rows (with counters: nor those before it that a counter may grow from)
/// and the bucket lies in the range wholly. The rest is read raw: hot hours, ragged ends, finer steps. Where raw
/// samples have expired the finest tier that is left is read, and then its buckets at the ends count whole: such a
/// stretch may begin before `fromMs` and end after `toMs`. Pure; any thread.
[[nodiscard]] std::vector<Stretch> chooseTiers(const Coverage& coverage, const TierQuestion& question);

} // namespace sextant::server

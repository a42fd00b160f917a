// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/budget.h"
#include "promql/series_source.h"
#include "server/query/series_selection.h"
#include "server/storage/store.h"

#include <cstdint>
#include <vector>

namespace sextant::server {

/// How coarse a form may be read in place of stored samples, as the step of TierQuestion: 1 ms where it has to be the
/// samples themselves. Rollups are for long questions only: 5-minute buckets for more than half a day and hours for
/// more than a week, and only where every window of a function over a range holds 24 of them, or a step is a multiple
/// of 5 minutes.
[[nodiscard]] std::int64_t resolutionFor(const promql::SelectHints& hints);

/// Reads the samples of some series of one family of one host in the range of the hints, in the order of
/// `selected.series`. Counted on the budget.
///
/// A bucket stands for its samples as the hints' function needs it, at its last millisecond: the average with the
/// number of samples as weight (avg_, sum_ and count_over_time), the smallest or largest (min_ and max_over_time), for
/// counters a sum of increases in which there are no resets (rate, increase, irate), else its last sample. Where
/// nothing finer is left than buckets that a window holds few of, a bucket becomes several samples, evenly spread.
[[nodiscard]] Result<std::vector<promql::Series>> readSamples(
    const Store& store, SelectedFamily selected, const promql::SelectHints& hints, promql::Budget& budget);

} // namespace sextant::server

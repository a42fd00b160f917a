// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/ingest/sample_sink.h"
#include "server/receivers/running_totals.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sextant::server {

/// Reads a push of TinyObs' SDK, or what its export wrote:
/// `{"metrics": [{"name": "x", "type": "counter", "value": 1, "labels": {…}, "timestamp": RFC 3339}]}`. An item without
/// a time is of `nowMs`. Bad items are refused one by one with TinyObs' limits. Its histograms begin anew with every
/// push; items of type "histogram" are added up (RunningTotals). Of several samples of a series in one millisecond the
/// last one counts. Invalid: more than `maxItems`.
[[nodiscard]] Result<Intake> readTinyObs(
    const std::string& body, std::size_t maxItems, std::int64_t nowMs, HostId host, RunningTotals& totals);

inline constexpr std::size_t kTinyObsItems = 1'000;

} // namespace sextant::server

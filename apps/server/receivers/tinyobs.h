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
    const std::string& body, std::size_t maxItems, std::int64_t nowMs, RequestDeltas& deltas);

inline constexpr std::size_t kTinyObsItems = 1'000;

/// What `POST /v1/query/execute` asks for; times in Unix milliseconds, the step as it is written.
struct TinyObsQuery {
    std::string query;
    std::int64_t startMs = 0;
    std::int64_t endMs = 0;
    std::string step;
};

/// Reads `{"query": "rate(x[5m])", "start": RFC 3339, "end": …, "step": "15s"}`; by default the hour before `nowMs` in
/// steps of 15 s. Malformed, Invalid.
[[nodiscard]] Result<TinyObsQuery> readTinyObsQuery(const std::string& body, std::int64_t nowMs);

} // namespace sextant::server

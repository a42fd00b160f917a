// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "server/storage/store.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sextant::oracle {

inline constexpr std::int64_t kStartMs = 1'699'999'200'000; ///< a whole hour
inline constexpr std::int64_t kEndMs = kStartMs + 3 * 3'600'000;

/// Later on all of it is there again, and comes and goes.
inline constexpr std::int64_t kStaleStartMs = kEndMs + 20 * 60'000;
inline constexpr std::int64_t kStaleEndMs = kStaleStartMs + 40 * 60'000; ///< within what a remote write may bring

/// One series as both sides get it. All have the labels `instance` and `job`, which Sextant would add.
struct OracleSeries {
    std::string name;
    metrics::Labels labels;
    std::vector<std::int64_t> timesMs;
    std::vector<double> values;
};

/// Counters with resets, gauges with gaps, holes, infinities and NaN, classic histograms, series that begin or end in
/// the middle, labels in UTF-8: the same every time.
[[nodiscard]] std::vector<OracleSeries> makeSamples();

/// The same series from kStaleStartMs on, each with pauses that begin with a stale marker.
[[nodiscard]] std::vector<OracleSeries> makeStaleSamples();

/// For `promtool tsdb create-blocks-from openmetrics`, which knows no stale markers.
[[nodiscard]] std::string toOpenMetrics(const std::vector<OracleSeries>& all);

/// The body of a remote write, which does.
[[nodiscard]] std::string toRemoteWrite(const std::vector<OracleSeries>& all);

/// Into the family `custom` of that host.
[[nodiscard]] Result<void> store(server::Store& store, server::HostId host, const std::vector<OracleSeries>& all);

} // namespace sextant::oracle

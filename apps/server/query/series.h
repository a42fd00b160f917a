// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/families.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/tier.h"

#include <QByteArray>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::server {

class Store;

/// How the samples of a bucket become one number.
enum class Aggregate : std::uint8_t { Avg, Min, Max, Last };
inline constexpr std::size_t kAggregates = 4;

[[nodiscard]] std::string_view aggregateName(Aggregate aggregate);
[[nodiscard]] std::optional<Aggregate> parseAggregate(std::string_view name);

/// What GET /api/v1/hosts/{id}/series asks for.
struct SeriesQuery {
    HostId host;
    std::string family;
    std::vector<std::string> columns;                  ///< names; empty: all of the family
    std::int64_t fromMs = 0;                           ///< samples from here
    std::int64_t toMs = 0;                             ///< up to here, not included
    std::optional<std::int64_t> stepMs;                ///< nothing: defaultStep()
    std::vector<Aggregate> aggregates{Aggregate::Avg}; ///< in the order of the answer; no repeats
};

/// The columns of one instance. `values[c][a][b]`: column c of SeriesAnswer::columns, aggregate a of
/// SeriesAnswer::aggregates, bucket b; NaN where there was no sample.
struct SeriesInstance {
    std::vector<std::string> labels; ///< in the order of the family's keys
    std::vector<std::vector<std::vector<double>>> values;
};

/// The answer: buckets that start at multiples of the step, the first one holding `from`. A plain value.
struct SeriesAnswer {
    HostId host;
    const metrics::Family* family = nullptr;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
    std::int64_t stepMs = 0;
    std::vector<std::size_t> columns; ///< positions in family->columns
    std::vector<Aggregate> aggregates;
    std::vector<Tier> tiers;                  ///< the forms that it was read from, finest first
    std::vector<SeriesInstance> instances;    ///< those that have a sample in the range, sorted by labels
    std::optional<std::int64_t> keptFromMs{}; ///< the range begins earlier, from where samples were removed
};

/// The limits of one query; passing one is Invalid, with what to ask for instead.
inline constexpr std::size_t kPointsPerSeries = 11'000;
inline constexpr std::size_t kPointsPerAnswer = 2'000'000; ///< over all instances, columns and aggregates
inline constexpr std::int64_t kSmallestStepMs = 1'000;
inline constexpr std::int64_t kLargestStepMs = 86'400'000;
inline constexpr std::chrono::milliseconds kQueryTime{10'000}; ///< a read that takes longer ends as TimedOut

/// A round bucket width that gives at most so many buckets over that range; kLargestStepMs where none does.
[[nodiscard]] std::int64_t roundStep(std::int64_t fromMs, std::int64_t toMs, std::int64_t buckets);
/// The same for 300 buckets.
[[nodiscard]] std::int64_t defaultStep(std::int64_t fromMs, std::int64_t toMs);

/// Reads and aggregates. Counters become increase per second between samples (reset-aware, never across a gap of more
/// than 5 min or 3 intervals, whichever is longer), counted in the bucket of the later sample; `last` of a counter is
/// its raw value. Where rollups say the same they are read in place of samples (query/tier_choice.h); where samples
/// have expired, what is left stands in the buckets that its own begin in. Any thread; blocks for the time of the read,
/// at most `time`. Errors: Invalid (the message begins with the name of the parameter and a colon), TimedOut, and those
/// of the store. A host without data is an answer without instances.
[[nodiscard]] Result<SeriesAnswer> readSeries(
    const Store& store, const SeriesQuery& query, std::chrono::milliseconds time = kQueryTime);

/// The body of the answer, as docs/api.md describes it.
[[nodiscard]] QByteArray toJson(const SeriesAnswer& answer);

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/prometheus.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sextant::server {

// How the read routes of other systems (docs/compat.md) ask PromQL: each is a query text and a writer of the answer.

/// Stretches of time that a query is evaluated for, one beside the other.
struct Buckets {
    std::int64_t fromMs = 0; ///< where the first begins
    std::int64_t stepMs = 0; ///< how long each is
    std::int64_t count = 0;
};

/// Those that touch [fromMs, toMs), beginning at multiples of the step.
[[nodiscard]] Buckets bucketsOf(std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs);

/// `[59999ms]`: what a selector looks back over from a bucket's last millisecond, to see its samples and no others
/// (both ends of a range are of it).
[[nodiscard]] std::string overBucket(const Buckets& buckets);

using MatrixOutcome = tl::expected<promql::MatrixValue, PrometheusFailure>;

/// Evaluates the query for every bucket. Points carry the time at which their bucket begins.
[[nodiscard]] MatrixOutcome queryBuckets(const Services& services, const http::Responder& responder,
    const std::string& query, const Buckets& buckets, const promql::SeriesSource& source);

/// The samples in [fromMs, toMs] of the series that a selector gives. More than `most`: a failure.
[[nodiscard]] MatrixOutcome querySamples(const Services& services, const http::Responder& responder,
    const std::string& selector, std::int64_t fromMs, std::int64_t toMs, std::size_t most,
    const promql::SeriesSource& source);

/// The answer where a query failed: as the system says it (`own`), but a problem document where it is not the asker's
/// fault.
[[nodiscard]] http::Response queryFailed(
    const PrometheusFailure& failure, http::Response (*own)(int status, std::string_view message));

/// `name="value",`: a condition of a selector.
[[nodiscard]] std::string labelIs(std::string_view name, std::string_view value);

} // namespace sextant::server

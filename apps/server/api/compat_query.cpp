// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/compat_query.h"

#include "promql/quote.h"
#include "server/api/services.h"
#include "server/query/aggregation.h"

#include <utility>

namespace sextant::server {
namespace {

std::string rangeOf(std::int64_t ms)
{
    return '[' + std::to_string(ms) + "ms]";
}

MatrixOutcome query(const Services& services, const http::Responder& responder, const std::string& text,
    const promql::QueryTimes& times, const promql::Limits& limits, const promql::SeriesSource& source)
{
    promql::Budget budget(limits, [responder] { return responder.isAbandoned(); });
    auto result = runPromql(services, text, times, source, budget);
    if (!result)
        return tl::unexpected(result.error());
    return std::get<promql::MatrixValue>(std::move(result->value));
}

} // namespace

Buckets bucketsOf(std::int64_t fromMs, std::int64_t toMs, std::int64_t stepMs)
{
    const std::int64_t first = bucketStart(fromMs, stepMs);
    return {first, stepMs, (toMs - first + stepMs - 1) / stepMs};
}

std::string overBucket(const Buckets& buckets)
{
    return rangeOf(buckets.stepMs - 1);
}

MatrixOutcome queryBuckets(const Services& services, const http::Responder& responder, const std::string& text,
    const Buckets& buckets, const promql::SeriesSource& source)
{
    const std::int64_t toEnd = buckets.stepMs - 1;
    promql::QueryTimes times;
    times.startMs = buckets.fromMs + toEnd;
    times.endMs = times.startMs + (buckets.count - 1) * buckets.stepMs;
    times.stepMs = buckets.stepMs;
    auto matrix = query(services, responder, text, times, {}, source);
    if (!matrix)
        return matrix;
    for (promql::MatrixSeries& series : *matrix) {
        for (promql::Point& point : series.points)
            point.timeMs -= toEnd;
    }
    return matrix;
}

MatrixOutcome querySamples(const Services& services, const http::Responder& responder, const std::string& selector,
    std::int64_t fromMs, std::int64_t toMs, std::size_t most, const promql::SeriesSource& source)
{
    promql::QueryTimes times;
    times.startMs = times.endMs = toMs;
    promql::Limits limits;
    limits.samples = most;
    return query(services, responder, selector + rangeOf(toMs - fromMs), times, limits, source);
}

http::Response queryFailed(
    const PrometheusFailure& failure, http::Response (*own)(int status, std::string_view message))
{
    if (failure.status < 500)
        return own(failure.status, failure.message);
    return failure.status == 503 ? http::problem(503, ErrorCode::Unreachable, failure.message, std::chrono::seconds(2))
                                 : http::problem(failure.status, ErrorCode::Internal, failure.message);
}

std::string labelIs(std::string_view name, std::string_view value)
{
    return std::string(name) + '=' + promql::quoted(value) + ',';
}

} // namespace sextant::server

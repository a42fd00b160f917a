// SPDX-License-Identifier: GPL-3.0-or-later
#include "promql/quote.h"
#include "server/api/compat.h"
#include "server/api/compat_query.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/query/json_text.h"
#include "server/receivers/miniobserv.h"
#include "server/receivers/rfc3339.h"

#include <algorithm>
#include <array>

namespace sextant::server {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kLongestMs = 30LL * 24 * 60 * kMinuteMs;

struct Width {
    std::string_view name;
    std::int64_t ms;
};
constexpr std::array<Width, 5> kWidths{{{"1m", kMinuteMs}, {"5m", 5 * kMinuteMs}, {"15m", 15 * kMinuteMs},
    {"1h", 60 * kMinuteMs}, {"1d", 24 * 60 * kMinuteMs}}};
constexpr std::array<std::string_view, 3> kAggregates{"avg", "max", "min"};
constexpr std::array<std::string_view, 3> kParts{"core", "mount", "iface"};

struct Question {
    std::string host;
    std::string name;
    std::string series; ///< as it is named here
    Width width = kWidths.front();
    std::string aggregate;
    std::string part; ///< of the host, as a condition; empty: all of it
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
};

std::string textOf(const Call& call, std::string_view name, std::string_view otherwise = {})
{
    const std::string* text = call.parameter(name);
    return text ? *text : std::string(otherwise);
}

Result<std::int64_t> timeOf(const Call& call, std::string_view name)
{
    if (const auto time = server::timeOf(textOf(call, name)))
        return *time;
    return fail(ErrorCode::Invalid, "invalid '" + std::string(name) + "': must be RFC3339");
}

Result<void> readTimes(const Call& call, Question& question)
{
    const auto from = timeOf(call, "from");
    if (!from)
        return tl::unexpected(from.error());
    const auto to = timeOf(call, "to");
    if (!to)
        return tl::unexpected(to.error());
    if (*from >= *to)
        return fail(ErrorCode::Invalid, "from must be before to");
    if (*to - *from > kLongestMs)
        return fail(ErrorCode::Invalid, "time range must not exceed 30 days");
    question.fromMs = *from;
    question.toMs = *to;
    return {};
}

Result<Question> readQuestion(const Call& call)
{
    Question question;
    question.host = textOf(call, "host");
    if (question.host.empty())
        return fail(ErrorCode::Invalid, "host is required");
    if (auto times = readTimes(call, question); !times)
        return tl::unexpected(times.error());
    question.name = textOf(call, "name");
    const auto series = miniObservSeries(question.name);
    if (!series)
        return fail(ErrorCode::Invalid, "unknown metric name " + promql::quoted(question.name));
    question.series = *series;
    const std::string width = textOf(call, "bucket", "1m");
    const auto known = std::ranges::find(kWidths, width, &Width::name);
    if (known == kWidths.end())
        return fail(ErrorCode::Invalid, "invalid bucket " + promql::quoted(width) + ": must be one of 1m,5m,15m,1h,1d");
    question.width = *known;
    question.aggregate = textOf(call, "agg", "avg");
    if (std::ranges::find(kAggregates, question.aggregate) == kAggregates.end())
        return fail(
            ErrorCode::Invalid, "invalid agg " + promql::quoted(question.aggregate) + ": must be one of avg,max,min");
    for (const std::string_view part : kParts) {
        if (const std::string* value = call.parameter(part))
            question.part += labelIs(part, *value);
    }
    return question;
}

/// One series of the host as a whole, or of the part that is asked for: its parts are never averaged with each other.
std::string promqlOf(const Question& question, const Buckets& buckets)
{
    const auto over = [&](const std::string& series, std::string_view aggregate, const std::string& part) {
        return std::string(aggregate) + "_over_time(" + series + '{' + labelIs("host", question.host) + part + '}' +
               overBucket(buckets) + ')';
    };
    const bool isWhole = question.part.empty();
    if (isWhole && question.series == "cpu_usage_pct")
        return "avg(" + over(question.series, question.aggregate, labelIs("core", "total")) + ')';
    if (isWhole && question.series == "disk_used_pct")
        return "100 * sum(" + over("disk_used_bytes", question.aggregate, {}) + ") / sum(" +
               over("disk_total_bytes", "avg", {}) + ')';
    const bool isSum = question.series.starts_with("disk_") || question.series.starts_with("net_");
    return (isSum && isWhole ? "sum(" : "avg(") + over(question.series, question.aggregate, question.part) + ')';
}

std::string answerOf(const Question& question, const promql::MatrixValue& matrix)
{
    std::string json = "{\"host\":";
    appendJsonString(json, question.host);
    json += ",\"name\":";
    appendJsonString(json, question.name);
    json +=
        ",\"bucket\":\"" + std::string(question.width.name) + "\",\"agg\":\"" + question.aggregate + "\",\"points\":[";
    bool isFirst = true;
    for (const promql::MatrixSeries& series : matrix) {
        for (const promql::Point& point : series.points) {
            json += std::exchange(isFirst, false) ? "{\"time\":\"" : ",{\"time\":\"";
            json += timeText(point.timeMs) + "\",\"value\":";
            appendJsonNumber(json, point.value);
            json += '}';
        }
    }
    return json + "]}";
}

} // namespace

void queryMiniObserv(Services& services, Call& call, const http::Responder& responder)
{
    const auto question = readQuestion(call);
    if (!question)
        return responder.send(errorOf(400, question.error().message));
    const Buckets buckets = bucketsOf(question->fromMs, question->toMs, question->width.ms);
    const auto matrix =
        queryBuckets(services, responder, promqlOf(*question, buckets), buckets, prometheusSource(services));
    responder.send(matrix ? http::jsonResponse(200, QByteArray::fromStdString(answerOf(*question, *matrix)))
                          : queryFailed(matrix.error(), errorOf));
}

} // namespace sextant::server

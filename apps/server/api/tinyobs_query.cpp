// SPDX-License-Identifier: GPL-3.0-or-later
// How TinyObs' samples, ranges and queries are asked for, and its export.
#include "promql/duration.h"
#include "promql/parser.h"
#include "server/api/compat_query.h"
#include "server/api/csv.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/api/tinyobs.h"
#include "server/query/json_text.h"
#include "server/query/series.h"
#include "server/receivers/rfc3339.h"
#include "server/receivers/tinyobs.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kHour = 60LL * 60'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::size_t kMostSamples = 100'000; ///< of an answer, which is as many as an import takes
constexpr std::int64_t kMostPoints = 5'000;
constexpr std::int64_t kUsualPoints = 1'000;
constexpr std::int64_t kQueryPoints = 11'000;

struct Window {
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
};

Result<std::int64_t> timeOr(const Call& call, std::string_view name, std::int64_t otherwise)
{
    const std::string* text = call.parameter(name);
    if (!text || text->empty())
        return otherwise;
    if (const auto time = timeOf(*text))
        return *time;
    return fail(ErrorCode::Invalid, std::string(name) + " must be RFC 3339");
}

/// `start` and `end`; by default the last `usualMs`, and no more than `longestMs`.
Result<Window> readWindow(const Services& services, const Call& call, std::int64_t usualMs, std::int64_t longestMs)
{
    const auto to = timeOr(call, "end", services.clock());
    if (!to)
        return tl::unexpected(to.error());
    const auto from = timeOr(call, "start", *to - usualMs);
    if (!from)
        return tl::unexpected(from.error());
    if (*from >= *to)
        return fail(ErrorCode::Invalid, "start must be before end");
    if (*to - *from > longestMs)
        return fail(ErrorCode::Invalid, "time range must not exceed " + std::to_string(longestMs / kDay) + " days");
    return Window{*from, *to};
}

std::string metricOf(const Call& call)
{
    const std::string* metric = call.parameter("metric");
    return metric ? *metric : std::string();
}

/// All series, or those of a metric.
std::string selectorOf(const std::string& metric)
{
    return metric.empty() ? "{__name__!=\"\"}" : '{' + labelIs(promql::kMetricName, metric) + '}';
}

/// What is stored has no type: it is told from the name.
bool isCounter(std::string_view name)
{
    return name.ends_with("_total") || name.ends_with("_count") || name.ends_with("_sum") || name.ends_with("_bucket");
}

/// Takes the name out of the labels.
std::string takeName(promql::Labels& labels)
{
    std::string name(promql::labelValue(labels, promql::kMetricName));
    std::erase_if(labels, [](const promql::Label& label) { return label.name == promql::kMetricName; });
    return name;
}

http::Response jsonAnswer(const std::string& json)
{
    return http::jsonResponse(200, QByteArray::fromStdString(json));
}

/// What JSON and an import have no number for is left out.
template <typename Visit>
std::size_t eachSample(const promql::MatrixValue& matrix, Visit visit)
{
    std::size_t count = 0;
    for (promql::MatrixSeries series : matrix) {
        const std::string name = takeName(series.labels);
        for (const promql::Point& point : series.points) {
            if (!std::isfinite(point.value))
                continue;
            visit(name, series.labels, point);
            ++count;
        }
    }
    return count;
}

/// `"metrics":[…]`, and how many there are.
std::size_t appendMetrics(std::string& json, const promql::MatrixValue& matrix)
{
    json += "\"metrics\":[";
    bool isFirst = true;
    const std::size_t count =
        eachSample(matrix, [&](const std::string& name, const promql::Labels& labels, const promql::Point& point) {
            json += std::exchange(isFirst, false) ? "{\"name\":" : ",{\"name\":";
            appendJsonString(json, name);
            json += isCounter(name) ? ",\"type\":\"counter\",\"value\":" : ",\"type\":\"gauge\",\"value\":";
            appendJsonNumber(json, point.value);
            json += ",\"labels\":";
            appendLabelsJson(json, labels);
            json += ",\"timestamp\":\"" + timeText(point.timeMs) + "\"}";
        });
    json += ']';
    return count;
}

MatrixOutcome samplesOf(
    const Services& services, const Call& call, const Window& window, const http::Responder& responder)
{
    auto matrix = querySamples(services, responder, selectorOf(metricOf(call)), window.fromMs, window.toMs,
        kMostSamples, prometheusSource(services));
    if (!matrix && matrix.error().status == 422)
        matrix.error().message = "more than " + std::to_string(kMostSamples) +
                                 " samples: take a shorter time range, or one metric (" + matrix.error().message + ')';
    return matrix;
}

Result<std::int64_t> maxPoints(const Call& call)
{
    const std::string* text = call.parameter("maxPoints");
    if (!text)
        return kUsualPoints;
    std::int64_t points = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), points);
    if (error != std::errc() || end != text->data() + text->size() || points < 1 || points > kMostPoints)
        return fail(ErrorCode::Invalid, "maxPoints must be 1 to " + std::to_string(kMostPoints));
    return points;
}

struct Points {
    promql::MatrixValue series;
    std::string resolution;
};

/// The samples themselves where every series has few enough, else a point per stretch of time: the mean, of a counter
/// the last.
tl::expected<Points, PrometheusFailure> pointsOf(const Services& services, const std::string& metric,
    const Window& window, std::int64_t most, const http::Responder& responder)
{
    const PromqlSource source = prometheusSource(services);
    const std::string selector = selectorOf(metric);
    if (window.toMs - window.fromMs <= kDay) {
        auto raw = querySamples(services, responder, selector, window.fromMs, window.toMs, kMostSamples, source);
        const auto isShort = [most](const promql::MatrixSeries& series) {
            return series.points.size() <= static_cast<std::size_t>(most);
        };
        if (raw && std::ranges::all_of(*raw, isShort))
            return Points{std::move(*raw), "raw"};
        if (!raw && raw.error().status != 422)
            return tl::unexpected(raw.error());
    }
    const std::int64_t length = window.toMs - window.fromMs;
    Buckets buckets = bucketsOf(window.fromMs, window.toMs, roundStep(window.fromMs, window.toMs, most));
    if (buckets.count > most)
        buckets = {window.fromMs, (length + most - 1) / most, most};
    // last_over_time keeps the name; the other function does not, and would make equals of different metrics.
    auto matrix = queryBuckets(services, responder,
        (isCounter(metric) ? "last_over_time(" : "avg_over_time(") + selector + overBucket(buckets) + ')', buckets,
        source);
    if (!matrix)
        return tl::unexpected(matrix.error());
    return Points{std::move(*matrix), promql::durationText(buckets.stepMs)};
}

void appendPoints(std::string& json, const std::string& metric, const Points& points)
{
    json += "{\"data\":[";
    bool isFirst = true;
    for (promql::MatrixSeries series : points.series) {
        (void)takeName(series.labels);
        json += std::exchange(isFirst, false) ? "{\"metric\":" : ",{\"metric\":";
        appendJsonString(json, metric);
        json += ",\"labels\":";
        appendLabelsJson(json, series.labels);
        json += ",\"points\":[";
        bool isFirstPoint = true;
        for (const promql::Point& point : series.points) {
            json += std::exchange(isFirstPoint, false) ? "{\"t\":" : ",{\"t\":";
            appendJsonNumber(json, point.timeMs);
            json += ",\"v\":";
            appendJsonNumber(json, point.value);
            json += '}';
        }
        json += "],\"resolution\":\"" + points.resolution + "\"}";
    }
    json += "]}";
}

std::string csvOf(const promql::MatrixValue& matrix)
{
    std::set<std::string> keys;
    for (const promql::MatrixSeries& series : matrix) {
        for (const promql::Label& label : series.labels)
            keys.insert(label.name);
    }
    keys.erase(std::string(promql::kMetricName));
    std::string csv = "timestamp,name,type,value";
    for (const std::string& key : keys) {
        csv += ',';
        appendCsvField(csv, key);
    }
    csv += "\r\n";
    (void)eachSample(matrix, [&](const std::string& name, const promql::Labels& labels, const promql::Point& point) {
        csv += timeText(point.timeMs) + ',';
        appendCsvField(csv, name);
        csv += (isCounter(name) ? ",counter," : ",gauge,");
        appendSampleValue(csv, point.value);
        for (const std::string& key : keys) {
            csv += ',';
            appendCsvField(csv, promql::labelValue(labels, key));
        }
        csv += "\r\n";
    });
    return csv;
}

std::string exportOf(const promql::MatrixValue& matrix, const Window& window, std::int64_t nowMs)
{
    std::string metrics;
    const std::size_t count = appendMetrics(metrics, matrix);
    return "{\"metadata\":{\"exported_at\":\"" + timeText(nowMs) + "\",\"start_time\":\"" + timeText(window.fromMs) +
           "\",\"end_time\":\"" + timeText(window.toMs) + "\",\"metric_count\":" + std::to_string(count) +
           ",\"format\":\"json\",\"version\":\"1.0\"}," + metrics + '}';
}

} // namespace

void queryTinyObs(Services& services, Call& call, const http::Responder& responder)
{
    const auto window = readWindow(services, call, kHour, 90 * kDay);
    if (!window)
        return responder.send(tinyObsError(400, window.error().message));
    const auto matrix = samplesOf(services, call, *window, responder);
    if (!matrix)
        return responder.send(queryFailed(matrix.error(), tinyObsError));
    std::string json = "{";
    const std::size_t count = appendMetrics(json, *matrix);
    responder.send(jsonAnswer(json + ",\"count\":" + std::to_string(count) + '}'));
}

void queryTinyObsRange(Services& services, Call& call, const http::Responder& responder)
{
    const std::string metric = metricOf(call);
    if (metric.empty())
        return responder.send(tinyObsError(400, "metric parameter is required"));
    const auto window = readWindow(services, call, kHour, 90 * kDay);
    if (!window)
        return responder.send(tinyObsError(400, window.error().message));
    const auto most = maxPoints(call);
    if (!most)
        return responder.send(tinyObsError(400, most.error().message));
    const auto points = pointsOf(services, metric, *window, *most, responder);
    if (!points)
        return responder.send(queryFailed(points.error(), tinyObsError));
    std::string json;
    appendPoints(json, metric, *points);
    responder.send(jsonAnswer(json));
}

void executeTinyObs(Services& services, Call& call, const http::Responder& responder)
{
    const auto query = readTinyObsQuery(call.request.body, services.clock());
    if (!query)
        return responder.send(tinyObsError(400, query.error().message));
    const auto step = promql::parseDuration(query->step);
    if (!step)
        return responder.send(tinyObsError(400, "step: " + step.error().message));
    if (query->startMs >= query->endMs)
        return responder.send(tinyObsError(400, "start must be before end"));
    if ((query->endMs - query->startMs) / *step > kQueryPoints)
        return responder.send(tinyObsError(400, "more than 11000 points: take a larger step or a shorter time range"));
    promql::QueryTimes times;
    times.startMs = query->startMs;
    times.endMs = query->endMs;
    times.stepMs = *step;
    promql::Budget budget({}, [responder] { return responder.isAbandoned(); });
    const auto result = runPromql(services, query->query, times, prometheusSource(services), budget);
    if (!result)
        return responder.send(queryFailed(result.error(), tinyObsError));
    std::string json = "{\"status\":\"success\",\"data\":" + toJson(*result) + ",\"query\":";
    appendJsonString(json, query->query);
    responder.send(jsonAnswer(json + '}'));
}

void exportTinyObs(Services& services, Call& call, const http::Responder& responder)
{
    const std::string* format = call.parameter("format");
    const bool isCsv = format && *format == "csv";
    if (format && !isCsv && *format != "json")
        return responder.send(tinyObsError(400, "format must be json or csv"));
    const auto window = readWindow(services, call, kDay, 30 * kDay);
    if (!window)
        return responder.send(tinyObsError(400, window.error().message));
    const auto matrix = samplesOf(services, call, *window, responder);
    if (!matrix)
        return responder.send(queryFailed(matrix.error(), tinyObsError));
    http::Response response = isCsv ? http::textResponse(200, QByteArray::fromStdString(csvOf(*matrix)))
                                    : jsonAnswer(exportOf(*matrix, *window, services.clock()));
    if (isCsv)
        response.contentType = "text/csv; charset=utf-8";
    response.headers.push_back(
        {"content-disposition", std::string("attachment; filename=\"tinyobs-export.") + (isCsv ? "csv\"" : "json\"")});
    response.secret = false; // so that it is packed
    responder.send(std::move(response));
}

} // namespace sextant::server

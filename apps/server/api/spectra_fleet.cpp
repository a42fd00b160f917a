// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet over time as Spectra's overview draws it: its mean, and every host's cells and small lines.
#include "server/api/compat.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/api/spectra.h"
#include "server/query/json_text.h"
#include "server/receivers/rfc3339.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
/// In one answer; where a fleet would have more, each stands for a longer time.
constexpr std::int64_t kMostCells = 400'000;

/// What is drawn of a host, in percent. Of its disks the fullest that
/// is its own and that it may write on.
struct Measure {
    std::string_view name;
    std::string_view query;
};
constexpr std::array kMeasures{Measure{"cpu", "max by (instance, host) (avg_over_time(spectra_cpu_usage$) or "
                                              "avg_over_time(system_cpu_usage_percent$))"},
    Measure{"mem", "max by (instance, host) (avg_over_time(spectra_memory_ram_used_pct$) or "
                   "avg_over_time(system_memory_used_percent$))"},
    Measure{"disk", "max by (instance, host) (avg_over_time(spectra_disk_disk_used_pct$) or "
                    "(avg_over_time(system_disk_used_percent$) unless "
                    "(max_over_time(system_disk_read_only$) == 1 or max_over_time(system_disk_remote$) == 1)))"}};

/// As many as a picture of the fleet has room for, so wide that long ranges are read from the tiers: 60 to 168.
std::int64_t widthFor(std::int64_t lengthMs)
{
    return lengthMs <= kHour       ? kMinute
           : lengthMs <= 6 * kHour ? 5 * kMinute
           : lengthMs <= kDay      ? 15 * kMinute
           : lengthMs <= 7 * kDay  ? kHour
                                   : 6 * kHour;
}

/// For that many lines: at most kMostCells in all.
Buckets bucketsFor(const SpectraRange& range, std::int64_t widthMs, std::int64_t lines)
{
    const std::int64_t most = std::max<std::int64_t>(1, kMostCells / std::max<std::int64_t>(1, lines));
    const std::int64_t count = (range.toMs - range.fromMs + widthMs - 1) / widthMs;
    return bucketsOf(range.fromMs, range.toMs, widthMs * ((count + most - 1) / most));
}

/// How a line of points is written: `[{"t":…,"v":…}]`.
struct Names {
    std::string_view time;
    std::string_view value;
};
constexpr Names kPoints{"t", "v"};
constexpr Names kCells{"bucket", "value"};

void appendPoints(std::string& json, const std::vector<promql::Point>& points, const Names& names)
{
    json += '[';
    for (const promql::Point& point : points) {
        json += json.back() == '[' ? "{" : ",{";
        appendJsonKey(json, names.time);
        json += '"' + timeText(point.timeMs) + '"';
        appendJsonKey(json, names.value);
        appendJsonHundredths(json, point.value);
        json += '}';
    }
    json += ']';
}

/// Of every host, by its name for queries and the one that its agent sent.
using Lines = std::map<std::pair<std::string, std::string>, std::array<std::vector<promql::Point>, kMeasures.size()>>;

std::string linesJson(const Services& services, const Lines& lines, const Names& names)
{
    const auto hosts = services.hosts.list();
    const std::vector<QueryHost> known = queryHosts(*hosts);
    std::map<std::string_view, const QueryHost*> byInstance;
    for (const QueryHost& host : known)
        byInstance.emplace(host.instance, &host);
    std::string json = "[";
    for (const auto& [place, measures] : lines) {
        const auto host = byInstance.find(place.first);
        if (host == byInstance.end()) // a program gave its series another instance: no host is called so
            continue;
        json += json.size() > 1 ? ",{" : "{";
        json += "\"agent_id\":\"" + spectraId(host->second->id) + '"';
        appendJsonKey(json, "hostname");
        appendJsonString(json, place.second.empty() ? host->second->description.name.toStdString() : place.second);
        for (std::size_t i = 0; i < kMeasures.size(); ++i) {
            appendJsonKey(json, kMeasures[i].name);
            appendPoints(json, measures[i], names);
        }
        json += '}';
    }
    return json + ']';
}

void answerLines(const Services& services, const SpectraRange& range, std::int64_t widthMs, const Names& names,
    const http::Responder& responder)
{
    const PromqlSource source = prometheusSource(services);
    const std::int64_t lines = static_cast<std::int64_t>(services.hosts.list()->size() * kMeasures.size());
    const Buckets buckets = bucketsFor(range, widthMs, lines);
    Lines all;
    for (std::size_t i = 0; i < kMeasures.size(); ++i) {
        auto matrix = queryBuckets(services, responder, spectraQuery(kMeasures[i].query, buckets), buckets, source);
        if (!matrix)
            return responder.send(queryFailed(matrix.error(), errorOf));
        for (promql::MatrixSeries& series : *matrix) {
            const std::string instance(promql::labelValue(series.labels, "instance"));
            const std::string host(promql::labelValue(series.labels, "host"));
            all[{instance, host}][i] = std::move(series.points);
        }
    }
    responder.send(http::jsonResponse(200, QByteArray::fromStdString(linesJson(services, all, names))));
}

} // namespace

void spectraFleetChart(Services& services, Call& call, const http::Responder& responder)
{
    const std::string* metric = call.parameter("metric");
    const auto* const measure =
        std::ranges::find(kMeasures, metric ? std::string_view(*metric) : std::string_view(), &Measure::name);
    if (measure == kMeasures.end())
        return responder.send(errorOf(400, "metric must be cpu, mem or disk"));
    const auto range = spectraRange(call, services.clock());
    if (!range)
        return responder.send(errorOf(400, range.error().message));
    const Buckets buckets = bucketsOf(range->fromMs, range->toMs, widthFor(range->toMs - range->fromMs));
    const std::string query = "avg(" + spectraQuery(measure->query, buckets) + ')';
    const auto matrix = queryBuckets(services, responder, query, buckets, prometheusSource(services));
    if (!matrix)
        return responder.send(queryFailed(matrix.error(), errorOf));
    std::string json;
    appendPoints(json, matrix->empty() ? std::vector<promql::Point>() : matrix->front().points, kPoints);
    responder.send(http::jsonResponse(200, QByteArray::fromStdString(json)));
}

void spectraHeatmap(Services& services, Call& call, const http::Responder& responder)
{
    const auto range = spectraRange(call, services.clock());
    if (!range)
        return responder.send(errorOf(400, range.error().message));
    answerLines(services, *range, widthFor(range->toMs - range->fromMs), kCells, responder);
}

void spectraSparklines(Services& services, Call&, const http::Responder& responder)
{
    const std::int64_t now = services.clock();
    answerLines(services, {now - kHour, now}, 5 * kMinute, kPoints, responder);
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
// What TinyObs tells of its store: names, numbers of series, sizes.
#include "metrics/families.h"
#include "server/api/compat.h"
#include "server/api/compat_query.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/api/tinyobs.h"
#include "server/hosts/host_registry.h"
#include "server/receivers/rfc3339.h"
#include "server/storage/upkeep.h"

#include <QJsonArray>

#include <algorithm>
#include <map>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kListedMs = 24LL * 60 * 60'000;

constexpr std::int64_t kNewestMs = 5LL * 60'000;

promql::Matcher anyName()
{
    auto named = promql::Matcher::make(std::string(promql::kMetricName), promql::MatchOp::NotEqual, {});
    return std::move(*named); // no regular expression, so it cannot fail
}

struct Names {
    std::map<std::string, std::size_t> series; ///< how many each name has
    std::size_t total = 0;
};

/// The names of all series that hold anything of the last day.
tl::expected<Names, PrometheusFailure> namesOf(const Services& services, const http::Responder& responder)
{
    const auto named = anyName();
    promql::Budget budget({}, [responder] { return responder.isAbandoned(); });
    const std::int64_t now = services.clock();
    const auto all = prometheusSource(services).labels({&named, 1}, now - kListedMs, now, budget);
    if (!all)
        return executionFailed(services, all.error(), budget);
    Names names;
    for (const promql::Labels& labels : *all)
        ++names.series[std::string(promql::labelValue(labels, promql::kMetricName))];
    names.total = all->size();
    return names;
}

/// The start of the hour, or of a longer stretch, in which the oldest sample is.
QJsonValue oldestOf(const StoreSizes& sizes)
{
    std::optional<std::int64_t> oldest;
    if (sizes.oldestHotMs > 0)
        oldest = sizes.oldestHotMs;
    for (const TierSize& tier : sizes.tiers) {
        if (tier.oldestMs)
            oldest = std::min(oldest.value_or(*tier.oldestMs), *tier.oldestMs);
    }
    return oldest ? QJsonValue(QString::fromStdString(timeText(*oldest))) : QJsonValue();
}

/// Of the last minutes.
tl::expected<QJsonValue, PrometheusFailure> newestOf(const Services& services, const http::Responder& responder)
{
    const auto named = anyName();
    promql::Budget budget({}, [responder] { return responder.isAbandoned(); });
    const std::int64_t now = services.clock();
    const auto all = prometheusSource(services).select({&named, 1}, {now - kNewestMs, now}, budget);
    if (!all)
        return executionFailed(services, all.error(), budget);
    std::int64_t newest = 0;
    for (const promql::Series& series : *all)
        newest = std::max(newest, series.timesMs.back());
    return newest > 0 ? QJsonValue(QString::fromStdString(timeText(newest))) : QJsonValue();
}

} // namespace

void listTinyObsMetrics(Services& services, Call&, const http::Responder& responder)
{
    const auto names = namesOf(services, responder);
    if (!names)
        return responder.send(queryFailed(names.error(), tinyObsError));
    std::vector<std::string> list;
    for (const auto& [name, count] : names->series)
        list.push_back(name);
    responder.send(http::jsonResponse(200, QByteArray::fromStdString("{\"metrics\":" + jsonList(list) + ",\"count\":" +
                                                                     std::to_string(list.size()) + '}')));
}

void describeTinyObsStore(Services& services, Call&, const http::Responder& responder)
{
    const auto names = namesOf(services, responder);
    if (!names)
        return responder.send(queryFailed(names.error(), tinyObsError));
    const auto newest = newestOf(services, responder);
    if (!newest)
        return responder.send(queryFailed(newest.error(), tinyObsError));
    const auto sizes = services.upkeep.sizes();
    if (!sizes)
        return responder.send(failed(services, "tinyobs", "the sizes of the store cannot be read", sizes.error()));
    responder.send(jsonOf(
        200, {{QStringLiteral("TotalMetrics"), static_cast<qint64>(names->series.size())},
                 {QStringLiteral("TotalSeries"), static_cast<qint64>(names->total)},
                 {QStringLiteral("SizeBytes"), static_cast<qint64>(sizes->usedBytes)},
                 {QStringLiteral("OldestMetric"), oldestOf(*sizes)}, {QStringLiteral("NewestMetric"), *newest}}));
}

/// Of the series that programs sent, ever: those are what has a limit, per host.
http::Response tinyObsCardinality(Services& services, const Call&)
{
    constexpr const metrics::Family& kCustom = metrics::family("custom");
    std::map<std::string, std::size_t> names;
    std::size_t total = 0;
    std::size_t hosts = 0;
    const auto all = services.hosts.list();
    for (const HostFacts& host : *all) {
        const auto instances = services.store.instances(host.id, kCustom);
        if (!instances)
            return failed(services, "tinyobs", "the series of a host cannot be read", instances.error());
        for (const Instance& instance : *instances)
            ++names[instance.labels.front()];
        total += instances->size();
        hosts += instances->empty() ? 0U : 1U;
    }
    const auto largest = std::ranges::max_element(names, {}, [](const auto& name) { return name.second; });
    const bool isAny = largest != names.end();
    const std::size_t limit = services.instanceLimits.of(kCustom) * std::max<std::size_t>(1, hosts);
    return jsonOf(200,
        {{QStringLiteral("total_series"), static_cast<qint64>(total)},
            {QStringLiteral("unique_metrics"), static_cast<qint64>(names.size())},
            {QStringLiteral("max_series_metric"), isAny ? QString::fromStdString(largest->first) : QString()},
            {QStringLiteral("max_series_count"), isAny ? static_cast<qint64>(largest->second) : 0},
            {QStringLiteral("series_limit"), static_cast<qint64>(limit)},
            {QStringLiteral("per_metric_limit"), static_cast<qint64>(limit)},
            {QStringLiteral("utilization_percent"), 100.0 * static_cast<double>(total) / static_cast<double>(limit)}});
}

http::Response tinyObsStorage(Services& services, const Call&)
{
    const auto sizes = services.upkeep.sizes();
    if (!sizes)
        return failed(services, "tinyobs", "the sizes of the store cannot be read", sizes.error());
    return jsonOf(200, {{QStringLiteral("used_bytes"), static_cast<qint64>(sizes->usedBytes)},
                           {QStringLiteral("max_bytes"), static_cast<qint64>(services.storeMaxBytes)}});
}

} // namespace sextant::server

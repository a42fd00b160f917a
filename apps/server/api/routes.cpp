// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/routes.h"

#include "server/api/handlers.h"
#include "server/api/server_metrics.h"

#include <algorithm>
#include <array>

namespace sextant::server {
namespace {

using http::Method;

/// A handler that answers before it returns.
template <http::Response (*Handle)(Services&, const Call&)>
void answer(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(Handle(services, call));
}

constexpr std::size_t kNoBody = 0;
constexpr std::size_t kSmallBody = 16 * 1024;
constexpr std::size_t kFormBody = 256 * 1024; ///< of a query and its parameters
constexpr std::size_t kBatchBody = 4 * 1024 * 1024;

constexpr std::span<const std::string_view> kNone{};
constexpr std::array<std::string_view, 6> kSeriesParameters{"family", "columns", "from", "to", "step", "agg"};
constexpr std::array<std::string_view, 2> kGapParameters{"from", "to"};
constexpr std::array<std::string_view, 1> kSnapshotParameters{"at"};
constexpr std::array<std::string_view, 3> kSnapshotsParameters{"kind", "from", "to"};
constexpr std::array<std::string_view, 6> kInfluxParameters{"db", "rp", "org", "bucket", "precision", "consistency"};
constexpr std::array<std::string_view, 1> kLiveParameters{"hosts"};
constexpr std::array<std::string_view, 9> kMiniObservParameters{
    "host", "name", "from", "to", "bucket", "agg", "core", "mount", "iface"};
constexpr std::array<std::string_view, 3> kSpectraParameters{"range", "start", "end"};
constexpr std::array<std::string_view, 2> kSpectraListParameters{"sort", "limit"};
constexpr std::array<std::string_view, 4> kSpectraFleetParameters{"metric", "range", "start", "end"};
constexpr std::array<std::string_view, 11> kSpectraPageParameters{
    "page", "size", "sort", "order", "status", "os", "arch", "search", "label", "id", "count"};
constexpr std::array<std::string_view, 3> kTinyObsParameters{"metric", "start", "end"};
constexpr std::array<std::string_view, 4> kTinyObsRangeParameters{"metric", "start", "end", "maxPoints"};
constexpr std::array<std::string_view, 4> kTinyObsExportParameters{"metric", "start", "end", "format"};

// clang-format off
constexpr auto kRoutes = std::to_array<Route>({
    {Method::Get,    "/healthz",                  Need::Open,   kNoBody,    kNone,             true,  Runs::Inline, answer<health>},
    {Method::Get,    "/readyz",                   Need::Open,   kNoBody,    kNone,             true,  Runs::InPool, answer<readiness>},
    {Method::Post,   "/api/v1/login",             Need::Open,   kSmallBody, kNone,             false, Runs::Inline, logIn},
    {Method::Post,   "/api/v1/agent/enroll",      Need::Open,   kSmallBody, kNone,             false, Runs::InPool, answer<enrol>},
    {Method::Post,   "/api/v1/agent/certificate", Need::Agent,  kSmallBody, kNone,             false, Runs::InPool, answer<renewCertificate>},
    {Method::Put,    "/api/v1/agent/host",        Need::Agent,  kSmallBody, kNone,             false, Runs::InPool, answer<describeHost>},
    {Method::Post,   "/api/v1/agent/batches",     Need::Agent,  kBatchBody, kNone,             true,  Runs::Inline, storeBatch},
    {Method::Post,   "/api/v1/write",             Need::Ingest, kBatchBody, kNone,             true,  Runs::Inline, receiveRemoteWrite},
    {Method::Post,   "/api/v2/write",             Need::Ingest, kBatchBody, kInfluxParameters, true,  Runs::Inline, receiveInflux},
    {Method::Post,   "/write",                    Need::Ingest, kBatchBody, kInfluxParameters, true,  Runs::Inline, receiveInflux},
    {Method::Put,    "/metrics/{grouping...}",    Need::Ingest, kBatchBody, kNone,             true,  Runs::Inline, receivePush},
    {Method::Post,   "/metrics/{grouping...}",    Need::Ingest, kBatchBody, kNone,             true,  Runs::Inline, receivePush},
    {Method::Delete, "/metrics/{grouping...}",    Need::Ingest, kNoBody,    kNone,             true,  Runs::Inline, deletePushed},
    {Method::Post,   "/v1/metrics",               Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, receiveOtlp},
    {Method::Post,   "/api/v1/metrics",           Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, receiveMiniObserv},
    {Method::Post,   "/v1/ingest",                Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, receiveTinyObs},
    {Method::Post,   "/v1/import",                Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, importTinyObs},
    {Method::Post,   "/update/{type}/{name}/{value}", Need::Ingest, kSmallBody, kNone,         true,  Runs::InPool, receiveGolectraPath},
    {Method::Post,   "/update",                   Need::Ingest, kSmallBody, kNone,             true,  Runs::InPool, receiveGolectraMetric},
    {Method::Post,   "/update/",                  Need::Ingest, kSmallBody, kNone,             true,  Runs::InPool, receiveGolectraMetric},
    {Method::Post,   "/updates",                  Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, receiveGolectraMetrics},
    {Method::Post,   "/updates/",                 Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, receiveGolectraMetrics},
    {Method::Get,    "/value/{type}/{name}",      Need::Ingest, kNoBody,    kNone,             true,  Runs::InPool, golectraPathValue},
    {Method::Post,   "/value",                    Need::Ingest, kSmallBody, kNone,             true,  Runs::InPool, golectraValue},
    {Method::Post,   "/value/",                   Need::Ingest, kSmallBody, kNone,             true,  Runs::InPool, golectraValue},
    {Method::Get,    "/ping",                     Need::Ingest, kNoBody,    kNone,             true,  Runs::Inline, answer<golectraPing>},
    {Method::Post,   "/compat/metricsd",          Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, receiveMetricsd},
    {Method::Post,   "/api/v1/agent/register",    Need::Open,   kSmallBody, kNone,             false, Runs::InPool, answer<registerSpectraAgent>},
    {Method::Post,   "/api/v1/agent/metrics",     Need::Ingest, kBatchBody, kNone,             true,  Runs::InPool, receiveSpectra},
    {Method::Get,    "/api/v1/agent/command",     Need::Ingest, kNoBody,    kNone,             true,  Runs::Inline, answer<spectraCommand>},
    {Method::Get,    "/api/v1/agent/config",      Need::Ingest, kNoBody,    kNone,             true,  Runs::Inline, answer<spectraConfig>},
    {Method::Post,   "/api/v1/logout",            Need::Viewer, kNoBody,    kNone,             false, Runs::InPool, answer<logOut>},
    {Method::Get,    "/api/v1/me",                Need::Viewer, kNoBody,    kNone,             true,  Runs::Inline, answer<whoAmI>},
    {Method::Get,    "/api/v1/overview",          Need::Viewer, kNoBody,    kNone,             true,  Runs::InPool, answer<overview>},
    {Method::Get,    "/api/v1/hosts",             Need::Viewer, kNoBody,    kNone,             true,  Runs::InPool, answer<listHosts>},
    {Method::Get,    "/api/v1/hosts/{id}",        Need::Viewer, kNoBody,    kNone,             true,  Runs::InPool, answer<showHost>},
    {Method::Delete, "/api/v1/hosts/{id}",        Need::Admin,  kNoBody,    kNone,             false, Runs::InPool, answer<removeHost>},
    {Method::Get,    "/api/v1/hosts/{id}/series", Need::Viewer, kNoBody,    kSeriesParameters, true,  Runs::InPool, answer<series>},
    {Method::Get,    "/api/v1/hosts/{id}/metrics", Need::Viewer, kNoBody,   kNone,             true,  Runs::InPool, hostMetrics},
    {Method::Get,    "/api/v1/hosts/{id}/gaps",   Need::Viewer, kNoBody,    kGapParameters,    true,  Runs::InPool, answer<gaps>},
    {Method::Get,    "/api/v1/hosts/{id}/snapshots", Need::Viewer, kNoBody, kSnapshotsParameters, true, Runs::InPool, answer<listSnapshots>},
    {Method::Get,    "/api/v1/hosts/{id}/snapshots/{kind}", Need::Viewer, kNoBody, kSnapshotParameters, true, Runs::InPool, answer<snapshot>},
    {Method::Get,    "/api/v1/live",              Need::Viewer, kNoBody,    kLiveParameters,   false, Runs::Inline, answer<live>},
    {Method::Get,    "/api/v1/tokens",            Need::Admin,  kNoBody,    kNone,             true,  Runs::InPool, answer<listTokens>},
    {Method::Post,   "/api/v1/tokens",            Need::Admin,  kSmallBody, kNone,             false, Runs::InPool, answer<createToken>},
    {Method::Delete, "/api/v1/tokens/{id}",       Need::Admin,  kNoBody,    kNone,             false, Runs::InPool, answer<revokeToken>},
    {Method::Get,    "/api/v1/keys",              Need::Admin,  kNoBody,    kNone,             true,  Runs::InPool, answer<listKeys>},
    {Method::Post,   "/api/v1/keys",              Need::Admin,  kSmallBody, kNone,             false, Runs::InPool, answer<createKey>},
    {Method::Delete, "/api/v1/keys/{id}",         Need::Admin,  kNoBody,    kNone,             false, Runs::InPool, answer<revokeKey>},
    {Method::Get,    "/metrics",                  Need::Viewer, kNoBody,    kNone,             true,  Runs::InPool, answer<exposeMetrics>},
    // what Prometheus answers to, and Grafana asks
    {Method::Get,    "/api/v1/query", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusQuery},
    {Method::Post,   "/api/v1/query", Need::Viewer, kFormBody, kAnyParameters, true, Runs::InPromqlPool, prometheusQuery},
    {Method::Get,    "/api/v1/query_range", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusQueryRange},
    {Method::Post,   "/api/v1/query_range", Need::Viewer, kFormBody, kAnyParameters, true, Runs::InPromqlPool, prometheusQueryRange},
    {Method::Get,    "/api/v1/export", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, exportQuery},
    {Method::Post,   "/api/v1/export", Need::Viewer, kFormBody, kAnyParameters, true, Runs::InPromqlPool, exportQuery},
    {Method::Get,    "/api/v1/format_query", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPool, prometheusFormatQuery},
    {Method::Post,   "/api/v1/format_query", Need::Viewer, kFormBody, kAnyParameters, true, Runs::InPool, prometheusFormatQuery},
    {Method::Get,    "/api/v1/series", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusSeries},
    {Method::Post,   "/api/v1/series", Need::Viewer, kFormBody, kAnyParameters, true, Runs::InPromqlPool, prometheusSeries},
    {Method::Get,    "/api/v1/labels", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusLabels},
    {Method::Post,   "/api/v1/labels", Need::Viewer, kFormBody, kAnyParameters, true, Runs::InPromqlPool, prometheusLabels},
    {Method::Get,    "/api/v1/label/{name}/values", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusLabelValues},
    {Method::Get,    "/api/v1/metadata", Need::Viewer, kNoBody, kAnyParameters, true, Runs::Inline, answer<prometheusMetadata>},
    {Method::Get,    "/api/v1/query_exemplars", Need::Viewer, kNoBody, kAnyParameters, true, Runs::Inline, answer<prometheusExemplars>},
    {Method::Post,   "/api/v1/query_exemplars", Need::Viewer, kFormBody, kAnyParameters, true, Runs::Inline, answer<prometheusExemplars>},
    {Method::Get,    "/api/v1/rules", Need::Viewer, kNoBody, kAnyParameters, true, Runs::Inline, answer<prometheusRules>},
    {Method::Get,    "/api/v1/alerts", Need::Viewer, kNoBody, kAnyParameters, true, Runs::Inline, answer<prometheusAlerts>},
    {Method::Get,    "/api/v1/status/buildinfo", Need::Viewer, kNoBody, kAnyParameters, true, Runs::Inline, answer<prometheusBuildInfo>},
    {Method::Get,    "/api/v1/status/tsdb", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusStoreStatus},
    // what the clients and pages of other systems ask (docs/compat.md)
    {Method::Get,    "/api/v1/metrics/query", Need::Viewer, kNoBody, kMiniObservParameters, true, Runs::InPromqlPool, queryMiniObserv},
    {Method::Get,    "/v1/query", Need::Viewer, kNoBody, kTinyObsParameters, true, Runs::InPromqlPool, queryTinyObs},
    {Method::Get,    "/v1/query/range", Need::Viewer, kNoBody, kTinyObsRangeParameters, true, Runs::InPromqlPool, queryTinyObsRange},
    {Method::Post,   "/v1/query/execute", Need::Viewer, kFormBody, kNone, true, Runs::InPromqlPool, executeTinyObs},
    {Method::Get,    "/v1/query/instant", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusQuery},
    {Method::Post,   "/v1/query/instant", Need::Viewer, kFormBody, kAnyParameters, true, Runs::InPromqlPool, prometheusQuery},
    {Method::Get,    "/v1/metrics/list", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, listTinyObsMetrics},
    {Method::Get,    "/v1/stats", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, describeTinyObsStore},
    {Method::Get,    "/v1/cardinality", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, answer<tinyObsCardinality>},
    {Method::Get,    "/v1/storage", Need::Viewer, kNoBody, kNone, true, Runs::InPool, answer<tinyObsStorage>},
    {Method::Get,    "/v1/export", Need::Viewer, kNoBody, kTinyObsExportParameters, true, Runs::InPromqlPool, exportTinyObs},
    {Method::Get,    "/api/v1/agents", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, listSpectraAgents},
    {Method::Get,    "/api/v1/agents/{id}", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, showSpectraAgent},
    {Method::Get,    "/api/v1/agents/{id}/processes", Need::Viewer, kNoBody, kSpectraListParameters, true, Runs::InPromqlPool, spectraProcesses},
    {Method::Get,    "/api/v1/agents/{id}/services", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, spectraServices},
    {Method::Get,    "/api/v1/agents/{id}/applications", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, spectraApplications},
    {Method::Get,    "/api/v1/agents/{id}/updates", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, spectraUpdates},
    {Method::Get,    "/api/v1/agents/{id}/system/latest", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, spectraSystemNow},
    {Method::Get,    "/api/v1/agents/{id}/{chart}", Need::Viewer, kNoBody, kSpectraParameters, true, Runs::InPromqlPool, spectraChart},
    {Method::Get,    "/api/v1/overview/stats", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, spectraStats},
    {Method::Get,    "/api/v1/overview/page", Need::Viewer, kNoBody, kSpectraPageParameters, true, Runs::InPromqlPool, spectraPage},
    {Method::Get,    "/api/v1/overview/sparklines", Need::Viewer, kNoBody, kNone, true, Runs::InPromqlPool, spectraSparklines},
    {Method::Get,    "/api/v1/overview/heatmap", Need::Viewer, kNoBody, kSpectraParameters, true, Runs::InPromqlPool, spectraHeatmap},
    {Method::Get,    "/api/v1/overview/fleet/chart", Need::Viewer, kNoBody, kSpectraFleetParameters, true, Runs::InPromqlPool, spectraFleetChart},
    {Method::Get,    "/federate", Need::Viewer, kNoBody, kAnyParameters, true, Runs::InPromqlPool, prometheusFederate},
});
static_assert(kRoutes.size() <= ServerMetrics::kMaxRoutes);
// clang-format on

/// The values of the pattern's {…}, or nothing when the path is not of that shape.
std::optional<std::vector<std::string>> match(std::string_view pattern, const std::vector<std::string>& segments)
{
    std::vector<std::string> values;
    std::size_t index = 0;
    while (!pattern.empty()) {
        pattern.remove_prefix(1); // the slash
        const std::string_view part = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(part.size());
        if (index == segments.size() || segments[index].empty() != part.empty())
            return std::nullopt;
        if (part.ends_with("...}")) {
            values.assign(segments.begin() + static_cast<std::ptrdiff_t>(index), segments.end());
            return values;
        }
        if (part.starts_with('{'))
            values.push_back(segments[index]);
        else if (part != segments[index])
            return std::nullopt;
        ++index;
    }
    if (index != segments.size())
        return std::nullopt;
    return values;
}

} // namespace

std::string_view toString(Need need)
{
    switch (need) {
    case Need::Open:
        return "open";
    case Need::Agent:
        return "agent";
    case Need::Ingest:
        return "ingest";
    case Need::Viewer:
        return "viewer";
    case Need::Operator:
        return "operator";
    case Need::Admin:
        return "admin";
    }
    return "admin";
}

const std::string* Call::parameter(std::string_view name) const
{
    const auto& query = request.head.target.query;
    const auto found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
    return found == query.end() ? nullptr : &found->second;
}

std::span<const Route> routes()
{
    return kRoutes;
}

RouteMatch findRoute(http::Method method, const std::vector<std::string>& segments)
{
    const Method wanted = method == Method::Head ? Method::Get : method;
    RouteMatch result;
    for (std::size_t i = 0; i < kRoutes.size(); ++i) {
        auto values = match(kRoutes[i].path, segments);
        if (!values)
            continue;
        if (kRoutes[i].method == wanted) {
            return {&kRoutes[i], static_cast<int>(i), std::move(*values), {}};
        }
        result.allowed.push_back(http::toString(kRoutes[i].method));
        if (kRoutes[i].method == Method::Get)
            result.allowed.push_back(http::toString(Method::Head));
    }
    return result;
}

} // namespace sextant::server

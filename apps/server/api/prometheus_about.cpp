// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/aliases.h"
#include "server/api/handlers.h"
#include "server/api/prometheus.h"
#include "server/api/services.h"
#include "server/ingest/sample_sink.h"
#include "server/query/json_text.h"

#include <map>
#include <string>
#include <utility>

namespace sextant::server {
namespace {

/// The catalogue's, and what programs said of theirs.
std::map<std::string, MetricDescription, std::less<>> descriptionsOf(
    const MetricDescriptions& said, std::string_view wanted)
{
    std::map<std::string, MetricDescription, std::less<>> all;
    for (const auto list : {metrics::catalogueSeries(), metrics::aliases()}) {
        for (const metrics::NamedSeries& named : list) {
            const std::string_view unit = named.factor == 1 ? metrics::unitName(named.columns.front()->unit) : "";
            if (wanted.empty() || named.name == wanted)
                all.try_emplace(
                    std::string(named.name), MetricDescription{{}, std::string(metrics::kindName(named.kind())),
                                                 std::string(named.help()), std::string(unit)});
        }
    }
    for (MetricDescription& one : said.all()) {
        if (wanted.empty() || one.name == wanted)
            all.try_emplace(one.name, std::move(one));
    }
    return all;
}

PrometheusOutcome listMetadata(const MetricDescriptions& said, const PrometheusForm& form)
{
    const auto limit = form.limit();
    if (!limit)
        return badData(limit.error());
    const std::string_view wanted = form.text("metric");
    PrometheusData data;
    std::string& json = data.json;
    json = "{";
    std::size_t count = 0;
    for (const auto& [name, about] : descriptionsOf(said, wanted)) {
        if (*limit > 0 && count++ == *limit) {
            data.warnings = {std::string(kTruncated)};
            break;
        }
        json += json.size() > 1 ? "," : "";
        appendJsonString(json, name);
        json += R"(:[{"type":)";
        appendJsonString(json, about.type.empty() ? "unknown" : about.type);
        json += R"(,"help":)";
        appendJsonString(json, about.help);
        json += R"(,"unit":)";
        appendJsonString(json, about.unit);
        json += "}]";
    }
    json += '}';
    return data;
}

} // namespace

http::Response prometheusMetadata(Services& services, const Call& call)
{
    return prometheusResponse(listMetadata(services.sink.descriptions(), PrometheusForm(call.request)));
}

http::Response prometheusBuildInfo(Services&, const Call&)
{
    // The version is that of the API that is spoken here: clients ask for it to know what they may send.
    return prometheusResponse(PrometheusData{R"({"version":"2.42.0","revision":"sextant )" SEXTANT_VERSION
                                             R"(","branch":"","buildUser":"","buildDate":"","goVersion":""})",
        {}});
}

// Sextant has no rules and no exemplars; boards ask all the same.
http::Response prometheusRules(Services&, const Call&)
{
    return prometheusResponse(PrometheusData{R"({"groups":[]})", {}});
}

http::Response prometheusAlerts(Services&, const Call&)
{
    return prometheusResponse(PrometheusData{R"({"alerts":[]})", {}});
}

http::Response prometheusExemplars(Services&, const Call&)
{
    return prometheusResponse(PrometheusData{"[]", {}});
}

} // namespace sextant::server

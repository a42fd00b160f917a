// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/aliases.h"
#include "server/api/handlers.h"
#include "server/api/prometheus.h"
#include "server/query/json_text.h"

#include <map>

namespace sextant::server {
namespace {

PrometheusOutcome listMetadata(const PrometheusForm& form)
{
    const auto limit = form.limit();
    if (!limit)
        return badData(limit.error());
    const std::string_view wanted = form.text("metric");
    std::map<std::string_view, const metrics::NamedSeries*> names;
    for (const auto list : {metrics::catalogueSeries(), metrics::aliases()}) {
        for (const metrics::NamedSeries& named : list) {
            if (wanted.empty() || named.name == wanted)
                names.emplace(named.name, &named);
        }
    }
    PrometheusData data;
    std::string& json = data.json;
    json = "{";
    std::size_t count = 0;
    for (const auto& [name, named] : names) {
        if (*limit > 0 && count++ == *limit) {
            data.warnings = {std::string(kTruncated)};
            break;
        }
        json += json.size() > 1 ? "," : "";
        appendJsonString(json, name);
        json += R"(:[{"type":)";
        appendJsonString(json, metrics::kindName(named->kind()));
        json += R"(,"help":)";
        appendJsonString(json, named->help());
        json += R"(,"unit":""}])";
    }
    json += '}';
    return data;
}

} // namespace

http::Response prometheusMetadata(Services&, const Call& call)
{
    return prometheusResponse(listMetadata(PrometheusForm(call.request)));
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

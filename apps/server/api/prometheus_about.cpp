// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/aliases.h"
#include "server/api/handlers.h"
#include "server/api/prometheus.h"
#include "server/api/services.h"
#include "server/ingest/sample_sink.h"
#include "server/query/json_text.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <utility>

namespace sextant::server {
namespace {

std::optional<std::int64_t> wholeNumber(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

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
    const std::string_view most = form.text("limit");
    const auto limit = wholeNumber(most.empty() ? "-1" : most); // a negative one is none
    if (!limit)
        return badData({ErrorCode::Invalid, "limit must be a number"});
    const std::string_view wanted = form.text("metric");
    PrometheusData data;
    std::string& json = data.json;
    json = "{";
    std::int64_t count = 0;
    for (const auto& [name, about] : descriptionsOf(said, wanted)) {
        if (*limit >= 0 && count++ >= *limit) {
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
http::Response prometheusRules(Services&, const Call& call)
{
    std::string type(PrometheusForm(call.request).text("type"));
    std::ranges::transform(type, type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    if (!type.empty() && type != "alert" && type != "record")
        return prometheusResponse(badParameter("type", {ErrorCode::Invalid, "not supported value \"" + type + '"'}));
    return prometheusResponse(PrometheusData{R"({"groups":[]})", {}});
}

http::Response prometheusAlerts(Services&, const Call&)
{
    return prometheusResponse(PrometheusData{R"({"alerts":[]})", {}});
}

http::Response prometheusExemplars(Services& services, const Call& call)
{
    const PrometheusForm form(call.request);
    const auto from = form.time("start", 0);
    if (!from)
        return prometheusResponse(badParameter("start", from.error()));
    const auto to = form.time("end", services.clock());
    if (!to)
        return prometheusResponse(badParameter("end", to.error()));
    if (*to < *from)
        return prometheusResponse(badData({ErrorCode::Invalid, "end timestamp must not be before start timestamp"}));
    if (const auto query = promql::parse(form.text("query")); !query)
        return prometheusResponse(badData(query.error()));
    return prometheusResponse(PrometheusData{"[]", {}});
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "promql/parser.h"
#include "server/api/handlers.h"
#include "server/api/prometheus.h"
#include "server/api/services.h"
#include "server/hosts/host_registry.h"
#include "server/query/json_text.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace sextant::server {
namespace {

constexpr std::int64_t kPointsPerRange = 11'000;

/// Evaluates what the form asks for. `times` is complete but for what the form does not say.
PrometheusAnswer runQuery(const Services& services, const PrometheusForm& form, const promql::QueryTimes& times,
    const http::Responder& responder)
{
    auto budget = prometheusBudget(form, responder);
    if (!budget)
        return badParameter("timeout", budget.error());
    return runPromql(services, form.text("query"), times, prometheusSource(services), *budget);
}

PrometheusOutcome toData(const PrometheusAnswer& answer)
{
    return answer.map([](const promql::QueryResult& result) {
        return PrometheusData{toJson(result), result.warnings};
    });
}

} // namespace

PrometheusAnswer instantQuery(const Services& services, const PrometheusForm& form, const http::Responder& responder)
{
    const auto time = form.time("time", services.clock());
    if (!time)
        return badParameter("time", time.error());
    promql::QueryTimes times;
    times.startMs = times.endMs = *time;
    return runQuery(services, form, times, responder);
}

PrometheusAnswer rangeQuery(const Services& services, const PrometheusForm& form, const http::Responder& responder)
{
    const auto start = form.time("start");
    if (!start)
        return badParameter("start", start.error());
    const auto end = form.time("end");
    if (!end)
        return badParameter("end", end.error());
    if (*end < *start)
        return badParameter("end", {ErrorCode::Invalid, "end timestamp must not be before start time"});
    const auto step = form.duration("step");
    if (!step)
        return badParameter("step", step.error());
    if (*step <= 0)
        return badParameter(
            "step", {ErrorCode::Invalid, "zero or negative query resolution step widths are not accepted. Try a "
                                         "positive integer"});
    if ((*end - *start) / *step > kPointsPerRange)
        return badData(
            {ErrorCode::Invalid, "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing "
                                 "the query resolution (?step=XX)"});
    promql::QueryTimes times;
    times.startMs = *start;
    times.endMs = *end;
    times.stepMs = *step;
    return runQuery(services, form, times, responder);
}

tl::unexpected<PrometheusFailure> badData(const Error& error)
{
    return tl::unexpected<PrometheusFailure>({400, "bad_data", error.message});
}

tl::unexpected<PrometheusFailure> badParameter(std::string_view name, const Error& error)
{
    return badData({error.code, "invalid parameter \"" + std::string(name) + "\": " + error.message});
}

tl::unexpected<PrometheusFailure> executionFailed(
    const Services& services, const Error& error, const promql::Budget& budget)
{
    if (error.code == ErrorCode::Busy && budget.isCancelled())
        return tl::unexpected<PrometheusFailure>({503, "canceled", error.message}); // which nobody reads
    switch (error.code) {
    case ErrorCode::Invalid:
    case ErrorCode::TooLarge:
        return tl::unexpected<PrometheusFailure>({422, "execution", error.message});
    case ErrorCode::TimedOut:
        return tl::unexpected<PrometheusFailure>({503, "timeout", error.message});
    case ErrorCode::Busy:
    case ErrorCode::Io:
    case ErrorCode::Unreachable:
        services.log.error("promql", "a query failed", {{"error", error.message}});
        return tl::unexpected<PrometheusFailure>({503, "unavailable", "the database cannot be read now"});
    default:
        services.log.error("promql", "a query failed", {{"error", error.message}});
        return tl::unexpected<PrometheusFailure>({500, "internal", "the server cannot read its store"});
    }
}

PromqlSource prometheusSource(const Services& services)
{
    return {services.store, queryHosts(*services.hosts.list(), &services.overview)};
}

PromqlSource prometheusSource(const Services& services, std::span<const HostId> only)
{
    const std::unordered_set<HostId> wanted(only.begin(), only.end());
    std::vector<QueryHost> hosts = queryHosts(*services.hosts.list(), &services.overview);
    std::erase_if(hosts, [&wanted](const QueryHost& host) { return !wanted.contains(host.id); });
    return {services.store, std::move(hosts)};
}

PromqlSource prometheusSource(const Services& services, HostId only)
{
    return prometheusSource(services, {&only, 1});
}

PrometheusAnswer runPromql(const Services& services, std::string_view text, const promql::QueryTimes& times,
    const promql::SeriesSource& source, promql::Budget& budget)
{
    const auto query = promql::parse(text);
    if (!query)
        return badParameter("query", query.error());
    const promql::ValueType type = promql::typeOf(**query);
    if (times.stepMs > 0 && type != promql::ValueType::Scalar && type != promql::ValueType::InstantVector)
        return badData({ErrorCode::Invalid, "invalid expression type \"" + std::string(promql::toText(type)) +
                                                "\" for range query, must be Scalar or instant Vector"});
    auto result = promql::evaluate(**query, times, source, budget);
    if (!result)
        return executionFailed(services, result.error(), budget);
    return std::move(*result);
}

Result<promql::Budget> prometheusBudget(const PrometheusForm& form, const http::Responder& responder)
{
    promql::Limits limits;
    if (!form.text("timeout").empty()) {
        const auto timeout = form.duration("timeout");
        if (!timeout)
            return tl::unexpected(timeout.error());
        limits.time = std::min(limits.time, std::chrono::milliseconds(*timeout));
    }
    return promql::Budget(limits, [responder] { return responder.isAbandoned(); });
}

void prometheusQuery(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(prometheusResponse(toData(instantQuery(services, PrometheusForm(call.request), responder))));
}

void prometheusQueryRange(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(prometheusResponse(toData(rangeQuery(services, PrometheusForm(call.request), responder))));
}

void prometheusFormatQuery(Services&, Call& call, const http::Responder& responder)
{
    const auto query = promql::parse(PrometheusForm(call.request).text("query"));
    if (!query)
        return responder.send(prometheusResponse(badParameter("query", query.error())));
    std::string json;
    appendJsonString(json, promql::pretty(**query));
    responder.send(prometheusResponse(PrometheusData{std::move(json), {}}));
}

} // namespace sextant::server

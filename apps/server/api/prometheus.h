// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "promql/budget.h"
#include "promql/evaluator.h"
#include "promql/labels.h"
#include "promql/parser.h"
#include "server/api/route.h"
#include "server/query/promql_source.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

// The Prometheus HTTP API as https://prometheus.io/docs/prometheus/2.42/querying/api/ documents it: what its routes
// (api/prometheus_*.cpp) share.

/// The query parameters and, of a POST, those of its form, which come first. Unknown ones are nobody's business.
class PrometheusForm {
public:
    explicit PrometheusForm(const http::Request& request);

    /// The first value; empty when there is none.
    [[nodiscard]] std::string_view text(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

    // Errors: Invalid, with Prometheus' text.

    /// Unix seconds with fraction, or RFC 3339; milliseconds.
    [[nodiscard]] Result<std::int64_t> time(std::string_view name) const;
    /// The same of a parameter that need not be there: then `otherwise`.
    [[nodiscard]] Result<std::int64_t> time(std::string_view name, std::int64_t otherwise) const;
    /// Seconds, or a duration as PromQL writes it; milliseconds.
    [[nodiscard]] Result<std::int64_t> duration(std::string_view name) const;
    /// The selectors of match[].
    [[nodiscard]] Result<std::vector<std::vector<promql::Matcher>>> selectors(
        promql::MatchAll matchAll = promql::MatchAll::Refused) const;
    /// At most so many things in the answer; 0: all.
    [[nodiscard]] Result<std::size_t> limit() const;

private:
    http::Form m_values;
    std::optional<Error> m_problem; ///< of the form; told when a parameter is asked for that decides
};

/// The warning with a list that `limit` cut.
inline constexpr std::string_view kTruncated = "results truncated due to limit";

/// What a route has to say: JSON text that stands behind "data".
struct PrometheusData {
    std::string json;
    std::vector<std::string> warnings;
};

/// Why it has nothing to say. `type` is one of Prometheus' errorType.
struct PrometheusFailure {
    int status = 400;
    std::string_view type = "bad_data";
    std::string message;
};
using PrometheusOutcome = tl::expected<PrometheusData, PrometheusFailure>;
using PrometheusAnswer = tl::expected<promql::QueryResult, PrometheusFailure>;

[[nodiscard]] tl::unexpected<PrometheusFailure> badData(const Error& error);
/// `invalid parameter "start": …`
[[nodiscard]] tl::unexpected<PrometheusFailure> badParameter(std::string_view name, const Error& error);
/// Of an error that came while a query with this budget ran. What is the server's own trouble goes to the log and is
/// not told.
[[nodiscard]] tl::unexpected<PrometheusFailure> executionFailed(
    const Services& services, const Error& error, const promql::Budget& budget);

[[nodiscard]] http::Response prometheusResponse(const PrometheusOutcome& outcome);

/// The series of the store at this moment.
[[nodiscard]] PromqlSource prometheusSource(const Services& services);
/// Those of these hosts.
[[nodiscard]] PromqlSource prometheusSource(const Services& services, std::span<const HostId> only);
/// Those of one host.
[[nodiscard]] PromqlSource prometheusSource(const Services& services, HostId only);

/// Parses and evaluates.
[[nodiscard]] PrometheusAnswer runPromql(const Services& services, std::string_view query,
    const promql::QueryTimes& times, const promql::SeriesSource& source, promql::Budget& budget);

/// The limits of a query; with `timeout=` a shorter time. Ends when the client goes away.
[[nodiscard]] Result<promql::Budget> prometheusBudget(const PrometheusForm& form, const http::Responder& responder);

// What the form asks for: query, timeout, and time, or start, end and step. Evaluated on this thread.
[[nodiscard]] PrometheusAnswer instantQuery(
    const Services& services, const PrometheusForm& form, const http::Responder& responder);
[[nodiscard]] PrometheusAnswer rangeQuery(
    const Services& services, const PrometheusForm& form, const http::Responder& responder);

/// A sample's value as Prometheus writes it in JSON: "1", "0.5", "1e-07", "NaN", "+Inf". Without quotes.
void appendSampleValue(std::string& json, double value);
void appendLabelsJson(std::string& json, const promql::Labels& labels);
/// `{"resultType":…,"result":…}`
[[nodiscard]] std::string toJson(const promql::QueryResult& result);
[[nodiscard]] std::string jsonList(const std::vector<std::string>& texts);

} // namespace sextant::server

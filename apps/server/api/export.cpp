// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/csv.h"
#include "server/api/exposition.h"
#include "server/api/handlers.h"
#include "server/api/prometheus.h"
#include "server/api/services.h"
#include "server/ingest/sample_sink.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>

namespace sextant::server {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::string_view kTooLarge =
    "the export would be larger than 64 MiB: shorten the range, widen the step, or ask for fewer series at a time";

struct Points {
    promql::MatrixValue operator()(const promql::ScalarValue& scalar) const { return {{{}, {scalar.point}}}; }
    promql::MatrixValue operator()(promql::VectorValue& vector) const
    {
        promql::MatrixValue matrix;
        for (promql::VectorSeries& series : vector)
            matrix.push_back({std::move(series.labels), {series.point}});
        return matrix;
    }
    promql::MatrixValue operator()(promql::MatrixValue& matrix) const { return std::move(matrix); }
    promql::MatrixValue operator()(const promql::StringValue&) const { return {}; } // refused before
};

using Exported = tl::expected<http::Response, PrometheusFailure>;

tl::unexpected<PrometheusFailure> refuse(const Error& error)
{
    const bool isTooLarge = error.code == ErrorCode::TooLarge;
    return tl::unexpected<PrometheusFailure>({422, "execution", isTooLarge ? std::string(kTooLarge) : error.message});
}

Exported asJson(const Services&, promql::QueryResult& result)
{
    constexpr std::size_t kSmallestPoint = 16; // [1700000000,"1"]
    if (const auto* matrix = std::get_if<promql::MatrixValue>(&result.value)) {
        std::size_t points = 0;
        for (const promql::MatrixSeries& series : *matrix)
            points += series.points.size();
        if (points > kMostBytes / kSmallestPoint) // known before the text is made
            return refuse({ErrorCode::TooLarge, {}});
    }
    http::Response response = prometheusResponse(PrometheusData{toJson(result), result.warnings});
    if (static_cast<std::size_t>(response.body.size()) > kMostBytes)
        return refuse({ErrorCode::TooLarge, {}});
    return response;
}

Exported asCsv(const Services&, promql::QueryResult& result)
{
    const auto csv = toCsv(std::visit(Points(), result.value), kMostBytes);
    if (!csv)
        return refuse(csv.error());
    http::Response response = http::textResponse(200, QByteArray::fromStdString(*csv));
    response.contentType = "text/csv; charset=utf-8; header=present";
    response.secret = false;
    return response;
}

Exported asOpenMetrics(const Services& services, promql::QueryResult& result)
{
    promql::MatrixValue series = std::visit(Points(), result.value);
    metrics::ExpositionWriter text(ExpositionFormat::OpenMetrics);
    if (const auto written = writeSeries(text, series, services.sink.descriptions(), kMostBytes); !written)
        return refuse(written.error());
    return expositionResponse(text.take(), ExpositionFormat::OpenMetrics);
}

struct Form {
    std::string_view name;
    std::string_view file;
    Exported (*write)(const Services&, promql::QueryResult&);
};
constexpr std::array kForms{Form{"json", "export.json", asJson}, Form{"csv", "export.csv", asCsv},
    Form{"openmetrics", "export.txt", asOpenMetrics}};

Exported exported(const Services& services, const PrometheusForm& form, const http::Responder& responder)
{
    const std::string_view wanted = form.text("format");
    const auto* const chosen = std::ranges::find(kForms, wanted.empty() ? kForms.front().name : wanted, &Form::name);
    if (chosen == kForms.end())
        return badParameter("format", {ErrorCode::Invalid, "expected csv, json or openmetrics"});
    const bool isRange = !form.text("start").empty() || !form.text("end").empty() || !form.text("step").empty();
    auto result = isRange ? rangeQuery(services, form, responder) : instantQuery(services, form, responder);
    if (!result)
        return tl::unexpected(std::move(result.error()));
    if (chosen->write != asJson && std::holds_alternative<promql::StringValue>(result->value))
        return refuse({ErrorCode::Invalid, "a text has no points to export"});
    auto response = chosen->write(services, *result);
    if (response)
        response->headers.push_back(
            {"content-disposition", "attachment; filename=\"" + std::string(chosen->file) + '"'});
    return response;
}

} // namespace

void exportQuery(Services& services, Call& call, const http::Responder& responder)
{
    auto response = exported(services, PrometheusForm(call.request), responder);
    responder.send(response ? std::move(*response) : prometheusResponse(tl::unexpected(std::move(response.error()))));
}

} // namespace sextant::server

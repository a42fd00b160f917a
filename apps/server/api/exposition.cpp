// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/exposition.h"

#include "metrics/aliases.h"
#include "server/http/header_list.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

/// What the catalogue calls by that name; null for a metric of an application.
const metrics::NamedSeries* describe(std::string_view name)
{
    for (const auto list : {metrics::catalogueSeries(), metrics::aliases()}) {
        if (const auto found = metrics::findNamed(list, name); !found.empty())
            return &found.front();
    }
    return nullptr;
}

std::string_view nameOf(const promql::MatrixSeries& series)
{
    const std::string_view name = promql::labelValue(series.labels, promql::kMetricName);
    return name.empty() ? kNameless : name;
}

/// The type that the series of an application may be written with. A histogram's series stand each for itself here, so
/// that they have none; nor has a counter beside a metric (of `all`, sorted) that is called as its family in
/// OpenMetrics.
metrics::MetricType typeOf(std::string_view name, const MetricDescription& said, const promql::MatrixValue& all)
{
    constexpr std::string_view kTotal = "_total";
    if (said.type == "gauge")
        return metrics::MetricType::Gauge;
    const bool isCounter = said.type == "counter" && name.ends_with(kTotal) &&
                           !std::ranges::binary_search(all, name.substr(0, name.size() - kTotal.size()), {}, nameOf);
    return isCounter ? metrics::MetricType::Counter : metrics::MetricType::Untyped;
}

void beginMetric(metrics::ExpositionWriter& text, std::string_view name, const MetricDescriptions& described,
    const promql::MatrixValue& all)
{
    using metrics::MetricType;
    const metrics::NamedSeries* named = describe(name);
    if (!named) {
        const MetricDescription said = described.find(name).value_or(MetricDescription());
        text.begin(name, typeOf(name, said, all), said.help);
        return text.unit(said.unit);
    }
    const metrics::Column& column = *named->columns.front();
    const bool isCounter = named->kind() == metrics::Kind::Counter && name.ends_with("_total");
    text.begin(name, isCounter ? MetricType::Counter : MetricType::Gauge, named->help());
    text.unit(metrics::unitName(column.unit));
}

} // namespace

ExpositionFormat expositionFormat(std::string_view accept)
{
    int openMetrics = 0;
    int text = 0;
    while (!accept.empty()) {
        std::string_view element = http::takeUntil(accept, ',');
        const std::string_view type = http::takeUntil(element, ';');
        bool isOurs = true;
        int weight = 1000;
        while (!element.empty()) {
            const std::string_view parameter = http::takeUntil(element, ';');
            if (parameter.starts_with("q=") || parameter.starts_with("Q="))
                weight = http::parseWeight(parameter).value_or(0);
            else if (parameter.starts_with("version="))
                isOurs = parameter.ends_with("=1.0.0");
        }
        if (http::equalsIgnoringCase(type, "application/openmetrics-text"))
            openMetrics = std::max(openMetrics, isOurs ? weight : 0);
        else if (type == "*/*" || type == "text/*" || http::equalsIgnoringCase(type, "text/plain"))
            text = std::max(text, weight);
    }
    return openMetrics > 0 && openMetrics >= text ? ExpositionFormat::OpenMetrics : ExpositionFormat::Text;
}

ExpositionFormat expositionFormat(const http::RequestHead& head)
{
    const std::string* accept = head.header("accept");
    return accept ? expositionFormat(*accept) : ExpositionFormat::Text;
}

http::Response expositionResponse(std::string text, ExpositionFormat format)
{
    http::Response response = http::textResponse(200, QByteArray::fromStdString(text));
    response.contentType = format == ExpositionFormat::OpenMetrics
                               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                               : "text/plain; version=0.0.4; charset=utf-8";
    response.secret = false;
    return response;
}

Result<void> writeSeries(
    metrics::ExpositionWriter& text, promql::MatrixValue& series, const MetricDescriptions& said, std::size_t maxBytes)
{
    std::ranges::stable_sort(series, {}, nameOf);
    std::string_view last;
    std::vector<std::pair<std::string_view, std::string_view>> labels;
    for (const promql::MatrixSeries& one : series) {
        const std::string_view name = nameOf(one);
        if (name != std::exchange(last, name))
            beginMetric(text, name, said, series);
        labels.clear();
        for (const promql::Label& label : one.labels) {
            if (label.name != promql::kMetricName)
                labels.emplace_back(label.name, label.value);
        }
        for (const promql::Point& point : one.points) {
            text.sample(point.value, labels, {}, point.timeMs);
            if (text.size() > maxBytes)
                return fail(ErrorCode::TooLarge, "the text is larger than that");
        }
    }
    return {};
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/prometheus.h"
#include "server/query/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace sextant::server {
namespace {

/// Milliseconds as seconds: 1435781430.781, 1435781431.
void appendTime(std::string& json, std::int64_t timeMs)
{
    if (timeMs < 0)
        json += '-';
    const std::int64_t positive = std::abs(timeMs);
    appendJsonNumber(json, positive / 1'000);
    if (const std::int64_t fraction = positive % 1'000; fraction != 0) {
        json += '.';
        json += static_cast<char>('0' + fraction / 100);
        json += static_cast<char>('0' + fraction / 10 % 10);
        json += static_cast<char>('0' + fraction % 10);
    }
}

void appendPoint(std::string& json, const promql::Point& point)
{
    json += '[';
    appendTime(json, point.timeMs);
    json += ",\"";
    appendSampleValue(json, point.value);
    json += "\"]";
}

/// Commas between the pieces that `append` writes for each element.
template <typename List, typename Append>
void appendList(std::string& json, const List& list, Append append)
{
    json += '[';
    bool first = true;
    for (const auto& element : list) {
        if (!std::exchange(first, false))
            json += ',';
        append(element);
    }
    json += ']';
}

struct Writer {
    std::string& json;

    void operator()(const promql::ScalarValue& scalar) const
    {
        begin("scalar");
        appendPoint(json, scalar.point);
    }
    void operator()(const promql::StringValue& text) const
    {
        begin("string");
        json += '[';
        appendTime(json, text.timeMs);
        json += ',';
        appendJsonString(json, text.text);
        json += ']';
    }
    void operator()(const promql::VectorValue& vector) const
    {
        begin("vector");
        appendList(json, vector, [this](const promql::VectorSeries& series) {
            json += "{\"metric\":";
            appendLabelsJson(json, series.labels);
            json += ",\"value\":";
            appendPoint(json, series.point);
            json += '}';
        });
    }
    void operator()(const promql::MatrixValue& matrix) const
    {
        begin("matrix");
        appendList(json, matrix, [this](const promql::MatrixSeries& series) {
            json += "{\"metric\":";
            appendLabelsJson(json, series.labels);
            json += ",\"values\":";
            appendList(json, series.points, [this](const promql::Point& point) { appendPoint(json, point); });
            json += '}';
        });
    }
    void begin(std::string_view type) const
    {
        json += "{\"resultType\":";
        appendJsonString(json, type);
        json += ",\"result\":";
    }
};

/// A whole number so large that not each one is a double: the digits that tell it, then zeros. 2^64 is
/// "18446744073709552000".
void appendLargeValue(std::string& json, double value)
{
    std::array<char, 32> text{};
    const auto written =
        std::to_chars(text.data(), text.data() + text.size(), std::abs(value), std::chars_format::scientific);
    const std::string_view whole(text.data(), written.ptr); // "1.8446744073709552e+19"
    const std::size_t exponentAt = whole.find("e+") + 2;
    std::size_t zeros = 1;
    std::from_chars(whole.data() + exponentAt, whole.data() + whole.size(), zeros);
    json += value < 0 ? "-" : "";
    json += whole.front();
    if (whole[1] == '.') {
        const std::string_view fraction = whole.substr(2, exponentAt - 4);
        json += fraction;
        zeros -= fraction.size();
    }
    json.append(zeros, '0');
}

} // namespace

void appendSampleValue(std::string& json, double value)
{
    if (!std::isfinite(value)) {
        json += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        return;
    }
    constexpr double kSmallestFixed = 1e-6;
    constexpr double kSmallestScientific = 1e21;
    const double size = std::abs(value);
    constexpr double kLargestExact = 9'007'199'254'740'992; // 2^53
    if (size > kLargestExact && size < kSmallestScientific)
        return appendLargeValue(json, value);
    const bool fixed = size == 0 || (size >= kSmallestFixed && size < kSmallestScientific);
    std::array<char, 64> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value,
        fixed ? std::chars_format::fixed : std::chars_format::scientific);
    json.append(text.data(), written.ptr);
}

void appendLabelsJson(std::string& json, const promql::Labels& labels)
{
    json += '{';
    bool first = true;
    for (const promql::Label& label : labels) {
        if (!std::exchange(first, false))
            json += ',';
        appendJsonString(json, label.name);
        json += ':';
        appendJsonString(json, label.value);
    }
    json += '}';
}

std::string toJson(const promql::QueryResult& result)
{
    std::string json;
    std::visit(Writer{json}, result.value);
    json += '}';
    return json;
}

std::string jsonList(const std::vector<std::string>& texts)
{
    std::string json;
    appendList(json, texts, [&json](const std::string& text) { appendJsonString(json, text); });
    return json;
}

http::Response prometheusResponse(const PrometheusOutcome& outcome)
{
    std::string json;
    if (outcome) {
        json.reserve(outcome->json.size() + 64);
        json = R"({"status":"success","data":)" + outcome->json;
        if (!outcome->warnings.empty())
            json += ",\"warnings\":" + jsonList(outcome->warnings);
    } else {
        json = R"({"status":"error","errorType":)";
        appendJsonString(json, outcome.error().type);
        json += ",\"error\":";
        appendJsonString(json, outcome.error().message);
    }
    json += '}';
    http::Response response =
        http::jsonResponse(outcome ? 200 : outcome.error().status, QByteArray::fromStdString(json));
    response.secret = false;
    if (response.status == 503)
        response.headers.push_back({"retry-after", "2"});
    return response;
}

} // namespace sextant::server

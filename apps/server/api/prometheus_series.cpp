// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/labels.h"
#include "server/api/exposition.h"
#include "server/api/handlers.h"
#include "server/api/prometheus.h"
#include "server/api/services.h"
#include "server/ingest/sample_sink.h"
#include "server/query/json_text.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sextant::server {
namespace {

using promql::kMetricName;
using promql::Label;
using promql::Labels;
using promql::Matcher;
using promql::MatchOp;

using Selectors = std::vector<std::vector<Matcher>>;
template <typename T>
using Outcome = tl::expected<T, PrometheusFailure>;

/// What asks for series by their labels: match[], start and end.
struct SeriesQuestion {
    Selectors selectors;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;
    std::size_t limit = 0;
};

/// `told`: how it is told that a selector is wrong.
Outcome<SeriesQuestion> readQuestion(
    const Services& services, const PrometheusForm& form, tl::unexpected<PrometheusFailure> (*told)(const Error&))
{
    SeriesQuestion question;
    auto selectors = form.selectors();
    if (!selectors)
        return told(selectors.error());
    question.selectors = std::move(*selectors);
    const auto from = form.time("start", 0);
    if (!from)
        return badParameter("start", from.error());
    const auto to = form.time("end", services.clock());
    if (!to)
        return badParameter("end", to.error());
    const auto limit = form.limit();
    if (!limit)
        return badParameter("limit", limit.error());
    question.fromMs = *from;
    question.toMs = *to;
    question.limit = *limit;
    return question;
}

/// The labels of all series that a selector asks for; sorted, none twice.
Outcome<std::vector<Labels>> findSeries(const Services& services, const PrometheusForm& form,
    const SeriesQuestion& question, const http::Responder& responder)
{
    auto budget = prometheusBudget(form, responder);
    if (!budget)
        return badParameter("timeout", budget.error());
    const PromqlSource source = prometheusSource(services);
    std::vector<Labels> all;
    for (const auto& matchers : question.selectors) {
        auto found = source.labels(matchers, question.fromMs, question.toMs, *budget);
        if (!found)
            return executionFailed(services, found.error(), *budget);
        std::ranges::move(*found, std::back_inserter(all));
    }
    if (question.selectors.size() > 1) {
        std::ranges::sort(all);
        all.erase(std::ranges::unique(all).begin(), all.end());
    }
    return all;
}

/// Every series under every name that it answers to.
Selectors everything()
{
    auto named = Matcher::make(std::string(kMetricName), MatchOp::NotEqual, std::string());
    return {{std::move(*named)}}; // no regular expression, so it cannot fail
}

template <typename T>
std::vector<std::string> limitTo(std::vector<T>& list, std::size_t limit)
{
    if (limit == 0 || list.size() <= limit)
        return {};
    list.resize(limit);
    return {std::string(kTruncated)};
}

PrometheusOutcome listSeries(const Services& services, const PrometheusForm& form, const http::Responder& responder)
{
    const auto question =
        readQuestion(services, form, [](const Error& error) { return badParameter("match[]", error); });
    if (!question)
        return tl::unexpected(question.error());
    if (question->selectors.empty())
        return badData({ErrorCode::Invalid, "no match[] parameter provided"});
    auto all = findSeries(services, form, *question, responder);
    if (!all)
        return tl::unexpected(all.error());
    PrometheusData data;
    data.warnings = limitTo(*all, question->limit);
    data.json = "[";
    for (const Labels& labels : *all) {
        if (data.json.size() > 1)
            data.json += ',';
        appendLabelsJson(data.json, labels);
    }
    data.json += ']';
    return data;
}

/// The texts that `pick(label)` has of the labels of the series that are asked for, or of all series.
template <typename Pick>
PrometheusOutcome listOfLabels(
    const Services& services, const PrometheusForm& form, const http::Responder& responder, Pick pick)
{
    auto question = readQuestion(services, form, badData); // without the parameter's name, as Prometheus does here
    if (!question)
        return tl::unexpected(question.error());
    if (question->selectors.empty())
        question->selectors = everything();
    const auto all = findSeries(services, form, *question, responder);
    if (!all)
        return tl::unexpected(all.error());
    std::set<std::string> texts;
    for (const Labels& labels : *all) {
        for (const Label& label : labels) {
            if (const std::string* text = pick(label))
                texts.insert(*text);
        }
    }
    std::vector<std::string> list(texts.begin(), texts.end());
    auto warnings = limitTo(list, question->limit);
    return PrometheusData{jsonList(list), std::move(warnings)};
}

PrometheusOutcome listValues(const Services& services, const Call& call, const http::Responder& responder)
{
    const std::string& name = call.pathValues.at(0);
    if (!metrics::isLabelName(name))
        return badData({ErrorCode::Invalid, "invalid label name: \"" + name + '"'});
    return listOfLabels(services, PrometheusForm(call.request), responder,
        [&name](const Label& label) { return label.name == name ? &label.value : nullptr; });
}

struct Count {
    std::string name;
    std::size_t value = 0;
};

/// The largest.
std::string topJson(const std::map<std::string, std::size_t>& counts, std::size_t most)
{
    std::vector<Count> all;
    for (const auto& [name, value] : counts)
        all.push_back({name, value});
    std::ranges::stable_sort(all, std::ranges::greater(), &Count::value);
    all.resize(std::min(all.size(), most));
    std::string json = "[";
    for (const Count& count : all) {
        json += json.size() > 1 ? ",{\"name\":" : "{\"name\":";
        appendJsonString(json, count.name);
        json += ",\"value\":" + std::to_string(count.value) + '}';
    }
    return json + ']';
}

PrometheusOutcome describeStore(const Services& services, const PrometheusForm& form, const http::Responder& responder)
{
    constexpr std::int64_t kHeadMs = 2LL * 3'600'000;
    constexpr std::size_t kUsuallyShown = 10;
    const bool isLimited = !form.text("limit").empty();
    const std::size_t most = isLimited ? form.limit().value_or(0) : kUsuallyShown;
    if (most == 0)
        return badData({ErrorCode::Invalid, "limit must be a positive number"});
    const std::int64_t now = services.clock();
    const auto all = findSeries(services, form, {{{}}, now - kHeadMs, now, 0}, responder);
    if (!all)
        return tl::unexpected(all.error());
    std::map<std::string, std::size_t> names;
    std::map<std::string, std::size_t> pairs;
    std::map<std::string, std::set<std::string_view>> values;
    for (const Labels& labels : *all) {
        ++names[std::string(promql::labelValue(labels, kMetricName))];
        for (const Label& label : labels) {
            ++pairs[label.name + '=' + label.value];
            values[label.name].insert(label.value);
        }
    }
    std::map<std::string, std::size_t> valueCounts;
    std::map<std::string, std::size_t> bytes;
    for (const auto& [label, texts] : values) {
        valueCounts[label] = texts.size();
        for (const std::string_view text : texts)
            bytes[label] += text.size();
    }
    return PrometheusData{
        R"({"headStats":{"numSeries":)" + std::to_string(all->size()) + R"(,"numLabelPairs":)" +
            std::to_string(pairs.size()) + R"(,"chunkCount":0,"minTime":)" + std::to_string(now - kHeadMs) +
            R"(,"maxTime":)" + std::to_string(now) + R"(},"seriesCountByMetricName":)" + topJson(names, most) +
            R"(,"labelValueCountByLabelName":)" + topJson(valueCounts, most) + R"(,"memoryInBytesByLabelName":)" +
            topJson(bytes, most) + R"(,"seriesCountByLabelValuePair":)" + topJson(pairs, most) + '}',
        {}};
}

constexpr std::size_t kMostFederatedBytes = std::size_t{256} << 20;

/// The newest sample of each series that is asked for, in Prometheus' text format.
tl::expected<std::string, PrometheusFailure> federatedText(
    const Services& services, const PrometheusForm& form, const http::Responder& responder)
{
    constexpr std::int64_t kLookbackMs = 5 * 60'000;
    const auto selectors = form.selectors(promql::MatchAll::Allowed);
    if (!selectors)
        return badData(selectors.error());
    auto budget = prometheusBudget(form, responder);
    if (!budget)
        return badParameter("timeout", budget.error());
    const std::int64_t now = services.clock();
    const PromqlSource source = prometheusSource(services);
    std::map<Labels, promql::Point> newest;
    for (const auto& matchers : *selectors) {
        const auto found = source.select(matchers, {.fromMs = now - kLookbackMs + 1, .toMs = now}, *budget);
        if (!found)
            return executionFailed(services, found.error(), *budget);
        for (const promql::Series& series : *found) {
            if (!promql::isStale(series.values.back()))
                newest[series.labels] = {series.timesMs.back(), series.values.back()};
        }
    }
    promql::MatrixValue all;
    for (auto& [labels, point] : newest)
        all.push_back({labels, {point}});
    metrics::ExpositionWriter text(ExpositionFormat::Text);
    if (!writeSeries(text, all, services.sink.descriptions(), kMostFederatedBytes))
        return executionFailed(services,
            {ErrorCode::TooLarge, "the text would be larger than 256 MiB: ask for fewer series at a time"}, *budget);
    return text.take();
}

} // namespace

void prometheusSeries(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(prometheusResponse(listSeries(services, PrometheusForm(call.request), responder)));
}

void prometheusLabels(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(prometheusResponse(listOfLabels(
        services, PrometheusForm(call.request), responder, [](const Label& label) { return &label.name; })));
}

void prometheusLabelValues(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(prometheusResponse(listValues(services, call, responder)));
}

void prometheusStoreStatus(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(prometheusResponse(describeStore(services, PrometheusForm(call.request), responder)));
}

void prometheusFederate(Services& services, Call& call, const http::Responder& responder)
{
    const auto text = federatedText(services, PrometheusForm(call.request), responder);
    if (!text && text.error().status == 400) // which Prometheus tells as text here
        return responder.send(http::textResponse(400, QByteArray::fromStdString(text.error().message + '\n')));
    if (!text)
        return responder.send(prometheusResponse(tl::unexpected(text.error())));
    responder.send(expositionResponse(*text, ExpositionFormat::Text));
}

} // namespace sextant::server

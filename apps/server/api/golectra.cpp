// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/golectra.h"

#include "server/api/compat.h"
#include "server/api/credential.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/prometheus.h"
#include "server/api/receive.h"
#include "server/api/services.h"
#include "server/query/json_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sextant::server {
namespace {

using Answer = std::function<http::Response(const GolectraUpdate&, const Received&)>;

const std::string* hashOf(const Call& call)
{
    return call.request.head.header("hashsha256");
}

/// The number as Golectra writes it: the shortest text, whole ones without a point.
std::string numberText(double number)
{
    std::string text;
    appendJsonNumber(text, number);
    return text;
}

http::Response metricOf(const GolectraMetric& metric)
{
    std::string json = "{\"id\":";
    appendJsonString(json, metric.id);
    json += metric.isCounter ? ",\"type\":\"counter\",\"delta\":" : ",\"type\":\"gauge\",\"value\":";
    json += numberText(metric.value) + '}';
    return http::jsonResponse(200, QByteArray::fromStdString(json));
}

/// A request that carries a hash gets one back, made with the same key.
http::Response hashed(http::Response response, bool isHashed, const std::string& key)
{
    if (isHashed && !response.body.isEmpty())
        response.headers.push_back({"hashsha256", golectraHash(response.body.toStdString(), key)});
    return response;
}

/// The series of Golectra's kind that were stored in the last hour: they have the labels of the key and no others.
Result<std::vector<std::pair<std::string, double>>> storedValues(
    const Services& services, const ApiKey& key, const http::Responder& responder)
{
    constexpr std::int64_t kBackMs = 60LL * 60'000;
    std::vector<promql::Matcher> labels;
    for (const metrics::Label& label : key.labels)
        labels.push_back(*promql::Matcher::make(label.name, promql::MatchOp::Equal, label.value));
    promql::Budget budget({}, [responder] { return responder.isAbandoned(); });
    const std::int64_t now = services.clock();
    const auto found =
        prometheusSource(services, *key.host).select(labels, {.fromMs = now - kBackMs, .toMs = now}, budget);
    if (!found)
        return tl::unexpected(found.error());
    std::vector<std::pair<std::string, double>> values;
    for (const promql::Series& series : *found) {
        const auto isOther = [&key](const promql::Label& label) {
            return label.name != promql::kMetricName && label.name != "instance" && label.name != "job" &&
                   std::ranges::find(key.labels, label) == key.labels.end();
        };
        if (std::ranges::none_of(series.labels, isOther) && std::isfinite(series.values.back()))
            values.emplace_back(promql::labelValue(series.labels, promql::kMetricName), series.values.back());
    }
    return values;
}

/// After a start of the server: counters go on from where they were, and `/value` knows them.
Result<void> remember(Services& services, const Call& call, const http::Responder& responder)
{
    if (services.golectraValues.isKnown(writerOf(call)))
        return {};
    auto stored = storedValues(services, *call.who.key, responder);
    if (!stored)
        return tl::unexpected(stored.error());
    services.golectraValues.restore(writerOf(call), *stored);
    return {};
}

/// What is wrong with the request before it is looked at.
std::optional<http::Response> refuse(Services& services, const Call& call, const http::Responder& responder)
{
    const std::string* hash = hashOf(call);
    if (!hash && call.who.key->mustSign && !call.request.body.empty())
        return errorOf(400, "HashSHA256 is missing: this key must sign what it sends");
    if (hash && !isGolectraHash(*hash, call.request.body, credentialOf(call.request.head).toStdString()))
        return errorOf(400, "invalid hash");
    auto remembered = remember(services, call, responder);
    if (!remembered && responder.isAbandoned()) // which ended the read, and nobody hears this
        return http::problem(remembered.error());
    if (!remembered)
        return failed(services, "golectra", "the values of before cannot be read", remembered.error());
    return std::nullopt;
}

/// Checks the hash, applies the update, stores it and answers. What could not be stored is not counted.
void take(Services& services, const Call& call, Result<GolectraUpdate> update, const http::Responder& responder,
    Answer answer)
{
    if (auto refused = refuse(services, call, responder)) {
        responder.send(std::move(*refused));
        return;
    }
    if (!update) {
        responder.send(errorOf(unreadableStatus(update.error()), update.error().message));
        return;
    }
    if (call.who.key->mustSign && call.request.body.empty()) { // a hash would not cover the path
        responder.send(errorOf(400, "this key must sign what it sends, and without a body nothing is signed"));
        return;
    }
    const Writer writer = writerOf(call);
    const GolectraUpdate before = *update;
    Intake intake = services.golectraValues.apply(writer, *update, services.clock());
    storeSamples(
        services, call, Way::Golectra, std::move(intake), responder,
        [update = std::move(*update), key = credentialOf(call.request.head).toStdString(),
            isHashed = hashOf(call) != nullptr, answer = std::move(answer)](
            const Received& received) { return hashed(answer(update, received), isHashed, key); },
        [&values = services.golectraValues, writer, before] { values.undo(writer, before); });
}

http::Response refusal(const Received& received)
{
    return errorOf(
        refusedStatus(received), received.items.empty() ? std::string("no metrics") : received.items.front().detail);
}

http::Response valueOf(Services& services, const Call& call, const Result<GolectraMetric>& asked,
    http::Response (*answer)(const GolectraMetric&), const http::Responder& responder)
{
    if (auto refused = refuse(services, call, responder))
        return std::move(*refused);
    if (!asked)
        return errorOf(400, asked.error().message);
    const auto value = services.golectraValues.find(writerOf(call), asked->isCounter, asked->id);
    if (!value)
        return errorOf(404, "there is no such metric");
    const std::string key = credentialOf(call.request.head).toStdString();
    return hashed(answer({0, asked->id, asked->isCounter, *value}), hashOf(call) != nullptr, key);
}

} // namespace

void receiveGolectraPath(Services& services, Call& call, const http::Responder& responder)
{
    take(services, call, readGolectraPath(call.pathValues), responder,
        [](const GolectraUpdate&, const Received& received) {
            return received.stored > 0 ? http::textResponse(200, "ok") : refusal(received);
        });
}

void receiveGolectraMetric(Services& services, Call& call, const http::Responder& responder)
{
    take(services, call, readGolectra(call.request.body, false), responder,
        [](const GolectraUpdate& update, const Received& received) {
            return received.stored > 0 ? metricOf(update.metrics.front()) : refusal(received);
        });
}

void receiveGolectraMetrics(Services& services, Call& call, const http::Responder& responder)
{
    take(services, call, readGolectra(call.request.body, true), responder,
        [](const GolectraUpdate& update, const Received& received) {
            if (received.stored == 0)
                return refusal(received);
            const std::size_t items = update.metrics.size() + update.received.refused;
            QJsonObject answer{{QStringLiteral("updated"), static_cast<qint64>(items - received.refused)}};
            if (received.refused > 0)
                answer.insert(QStringLiteral("errors"), refusedSentences(received, "[", "]: "));
            return jsonOf(200, answer);
        });
}

void golectraPathValue(Services& services, Call& call, const http::Responder& responder)
{
    const auto text = [](const GolectraMetric& metric) {
        return http::textResponse(200, QByteArray::fromStdString(numberText(metric.value)));
    };
    responder.send(
        valueOf(services, call, golectraQuestion(call.pathValues.at(0), call.pathValues.at(1)), text, responder));
}

void golectraValue(Services& services, Call& call, const http::Responder& responder)
{
    responder.send(valueOf(services, call, readGolectraQuestion(call.request.body), metricOf, responder));
}

http::Response golectraPing(Services&, const Call&)
{
    return http::textResponse(200, "ok");
}

} // namespace sextant::server

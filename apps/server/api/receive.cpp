// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/receive.h"

#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/hosts/host_registry.h"
#include "server/ingest/sample_sink.h"
#include "server/receivers/influx_line.h"
#include "server/receivers/remote_write.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace sextant::server {
namespace {

/// Says what of a request was refused, in a problem document with more members: the rest is stored.
http::Response partlyRefused(const Received& received)
{
    std::string detail = std::to_string(received.refused) + " refused, " + std::to_string(received.stored) + " stored";
    QJsonArray items;
    for (const RefusedItem& refused : received.items) {
        if (items.isEmpty())
            detail += "; first: item " + std::to_string(refused.item) + ": " + refused.detail;
        items.append(QJsonObject{{QStringLiteral("item"), static_cast<qint64>(refused.item)},
            {QStringLiteral("reason"), QString::fromStdString(std::string(refused.reason))},
            {QStringLiteral("detail"), QString::fromStdString(refused.detail)}});
    }
    http::Response response = http::problem(400, ErrorCode::Invalid, detail);
    QJsonObject body = QJsonDocument::fromJson(response.body).object();
    body.insert(QStringLiteral("stored"), static_cast<qint64>(received.stored));
    body.insert(QStringLiteral("refused"), static_cast<qint64>(received.refused));
    body.insert(QStringLiteral("items"), items);
    response.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
    return response;
}

std::string textParameter(const Call& call, std::string_view name)
{
    const std::string* value = call.parameter(name);
    return value ? *value : std::string();
}

} // namespace

Writer writerOf(const Call& call)
{
    return {*call.who.key->host, call.who.key->labels};
}

tl::expected<Destination, http::Response> destinationFor(const Services& services, const Call& call, Way way)
{
    // Only Golectra's clients sign, and only its routes look at the signature.
    if (call.who.key->mustSign && way != Way::Golectra)
        return tl::unexpected(http::problem(403, ErrorCode::Denied,
            "this API key must sign what it sends, which only Golectra's routes know: use another key"));
    const auto host = services.hosts.find(*call.who.key->host);
    if (!host)
        return tl::unexpected(http::problem(401, ErrorCode::Denied, "the host of the API key was removed"));
    return Destination{
        host->id, host->description.name.toStdString(), host->kind == HostKind::Agent, call.who.key->labels};
}

void storeSamples(Services& services, const Call& call, Way way, Intake intake, const http::Responder& responder,
    std::function<http::Response(const Received&)> answer, std::function<void()> failed)
{
    auto to = destinationFor(services, call, way);
    if (!to) {
        if (failed)
            failed();
        responder.send(std::move(to.error()));
        return;
    }
    services.sink.submit(way, *to, std::move(intake),
        [responder, answer = std::move(answer), failed = std::move(failed)](const Result<Received>& received) {
            if (!received && failed)
                failed();
            responder.send(received ? answer(*received) : http::problem(received.error()));
        });
}

void storeOrRefuse(
    Services& services, const Call& call, Way way, Result<Intake> intake, int status, const http::Responder& responder)
{
    if (!intake) {
        responder.send(http::problem(intake.error()));
        return;
    }
    storeSamples(services, call, way, std::move(*intake), responder, [status](const Received& received) {
        return received.refused > 0 ? partlyRefused(received) : http::emptyResponse(status);
    });
}

bool typeIs(const Call& call, std::string_view type)
{
    const std::string* given = call.request.head.header("content-type");
    return given && given->starts_with(type);
}

QJsonArray refusedSentences(const Received& received, std::string_view before, std::string_view after)
{
    QJsonArray sentences;
    for (const RefusedItem& item : received.items)
        sentences.append(
            QString::fromStdString(std::string(before) + std::to_string(item.item) + std::string(after) + item.detail));
    return sentences;
}

int refusedStatus(const Received& received)
{
    const bool isFull = std::ranges::all_of(received.items, [](const RefusedItem& item) {
        return item.reason == "too_many_instances" || item.reason == "too_many_deltas";
    });
    return isFull && received.refused > 0 ? 429 : 400;
}

void receiveRemoteWrite(Services& services, Call& call, const http::Responder& responder)
{
    using metrics::RemoteWriteVersion;
    if (!typeIs(call, "application/x-protobuf")) {
        responder.send(http::problem(415, ErrorCode::Malformed, "expected application/x-protobuf", "Content-Type"));
        return;
    }
    // Version 2.0 says so in its type, and is told how much was written.
    const bool isSecond = call.request.head.header("content-type")->find("io.prometheus.write.v2") != std::string::npos;
    auto intake = readRemoteWrite(call.request.body, isSecond ? RemoteWriteVersion::Two : RemoteWriteVersion::One);
    if (!isSecond || !intake)
        return storeOrRefuse(services, call, Way::RemoteWrite, std::move(intake), 204, responder);
    storeSamples(services, call, Way::RemoteWrite, std::move(*intake), responder, [](const Received& received) {
        http::Response response = received.refused > 0 ? partlyRefused(received) : http::emptyResponse(204);
        response.headers.push_back({"x-prometheus-remote-write-samples-written", std::to_string(received.stored)});
        response.headers.push_back({"x-prometheus-remote-write-histograms-written", "0"});
        response.headers.push_back({"x-prometheus-remote-write-exemplars-written", "0"});
        return response;
    });
}

void receiveInflux(Services& services, Call& call, const http::Responder& responder)
{
    InfluxRequest request{InfluxPrecision::Nanoseconds, textParameter(call, "db"), services.clock()};
    if (request.database.empty())
        request.database = textParameter(call, "bucket");
    if (const std::string* name = call.parameter("precision")) {
        const auto precision = parseInfluxPrecision(*name);
        if (!precision) {
            responder.send(http::problem(
                400, ErrorCode::Invalid, "precision: expected one of ns, us, ms, s, m and h", "precision"));
            return;
        }
        request.precision = *precision;
    }
    storeOrRefuse(services, call, Way::Influx, readInfluxLines(call.request.body, request), 204, responder);
}

} // namespace sextant::server

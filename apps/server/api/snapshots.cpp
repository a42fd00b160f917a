// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/snapshots.h"

#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/host_path.h"
#include "server/api/parameters.h"
#include "server/api/services.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace sextant::server {
namespace {

constexpr std::int64_t kDefaultRangeMs = 24 * 3'600'000LL;

http::Response answered(QByteArray json)
{
    http::Response response = http::jsonResponse(200, std::move(json));
    response.secret = false;
    return response;
}

http::Response failedRead(const Services& services, const Error& error)
{
    return failed(
        services, "snapshots", "the snapshots cannot be read", error, error.code == ErrorCode::Invalid ? "kind" : "");
}

} // namespace

http::Response snapshot(Services& services, const Call& call)
{
    const auto host = hostOfPath(services, call);
    if (!host)
        return noSuchHost();
    const std::string& kind = call.pathValues.at(1);
    const auto at = timeParameter(call, "at", services.clock());
    if (!at)
        return http::problem(400, ErrorCode::Invalid, "at: expected Unix time in milliseconds", "at");
    const auto found = services.snapshots.at(*host, kind, *at);
    if (!found)
        return failedRead(services, found.error());
    if (!*found)
        return http::problem(404, ErrorCode::NotFound, "there is no such snapshot of that time or before", "at");
    // The document is JSON as it stands; it was looked at when it came.
    QByteArray json = QJsonDocument(QJsonObject{{QStringLiteral("host"), static_cast<qint64>(host->value)},
                                        {QStringLiteral("kind"), QString::fromStdString(kind)},
                                        {QStringLiteral("time"), static_cast<qint64>((*found)->timeMs)}})
                          .toJson(QJsonDocument::Compact);
    json.chop(1);
    json += ",\"document\":";
    json.append((*found)->document.data(), static_cast<qsizetype>((*found)->document.size()));
    return answered(json + '}');
}

http::Response listSnapshots(Services& services, const Call& call)
{
    const auto host = hostOfPath(services, call);
    if (!host)
        return noSuchHost();
    const std::string* kind = call.parameter("kind");
    const auto to = timeParameter(call, "to", services.clock() + 1);
    const auto from = to ? timeParameter(call, "from", std::max<std::int64_t>(0, *to - kDefaultRangeMs)) : std::nullopt;
    if (!from || !to || *from >= *to) {
        const char* field = to ? "from" : "to";
        return http::problem(400, ErrorCode::Invalid,
            std::string(field) + ": expected Unix time in milliseconds, from before to", field);
    }
    const auto found = services.snapshots.list(*host, kind ? *kind : "processes", *from, *to);
    if (!found)
        return failedRead(services, found.error());
    QJsonArray list;
    for (const SnapshotInfo& info : *found)
        list.append(QJsonObject{{QStringLiteral("time"), static_cast<qint64>(info.timeMs)},
            {QStringLiteral("bytes"), static_cast<qint64>(info.bytes)}});
    const QJsonObject body{{QStringLiteral("host"), static_cast<qint64>(host->value)},
        {QStringLiteral("truncated"), found->size() == Snapshots::kListed}, {QStringLiteral("snapshots"), list}};
    return answered(QJsonDocument(body).toJson(QJsonDocument::Compact));
}

} // namespace sextant::server

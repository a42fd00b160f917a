// SPDX-License-Identifier: GPL-3.0-or-later

#include "logging/log.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/host_path.h"
#include "server/api/services.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/overview.h"
#include "server/hosts/tags_json.h"
#include "server/ingest/ingest.h"
#include "server/query/overview_json.h"
#include "server/storage/upkeep.h"

#include <QHashFunctions>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace sextant::server {
namespace {

/// Names an overview by its content, but for the time at which it was asked for.
std::string entityTag(const QByteArray& json)
{
    const auto begin = std::max<qsizetype>(0, json.indexOf("\"hosts\""));
    const std::size_t hash = qHashBits(json.constData() + begin, static_cast<std::size_t>(json.size() - begin));
    return "W/\"" + QByteArray::number(qulonglong{hash}, 16).toStdString() + "\"";
}

bool matches(const std::string& ifNoneMatch, const std::string& tag)
{
    return ifNoneMatch == "*" || ifNoneMatch.find(tag.substr(2)) != std::string::npos; // weak comparison
}

QJsonObject toJson(const Services& services, const HostFacts& host)
{
    const HostDescription& description = host.description;
    QJsonObject object{{QStringLiteral("id"), static_cast<qint64>(host.id.value)},
        {QStringLiteral("name"), description.name}, {QStringLiteral("machineId"), description.machineId},
        {QStringLiteral("osFamily"), description.osFamily}, {QStringLiteral("os"), description.os},
        {QStringLiteral("kernel"), description.kernel}, {QStringLiteral("architecture"), description.architecture},
        {QStringLiteral("agentVersion"), description.agentVersion},
        {QStringLiteral("enrolled"), static_cast<qint64>(host.enrolledMs)},
        {QStringLiteral("kind"), kindName(host.kind)}};
    if (host.kind == HostKind::Agent)
        object.insert(QStringLiteral("certificateNotAfter"), static_cast<qint64>(host.certificate.notAfterMs));
    if (host.clonedMs)
        object.insert(QStringLiteral("cloned"), static_cast<qint64>(*host.clonedMs));
    const HostState state = services.overview.state(host.id);
    if (state.lastSeenMs)
        object.insert(QStringLiteral("lastSeen"), static_cast<qint64>(*state.lastSeenMs));
    if (host.kind == HostKind::Agent)
        object.insert(QStringLiteral("tags"), tagsToJson(state.tags));
    if (const auto aheadMs = services.overview.clockAheadMs(host.id))
        object.insert(QStringLiteral("clockAheadMs"), static_cast<qint64>(*aheadMs));
    return object;
}

/// How near a host is to the limits of instances, and what was left out because of them.
QJsonObject instancesToJson(const Services& services, HostId host, const std::vector<InstanceCount>& counts)
{
    QJsonObject families;
    qint64 total = 0;
    for (const InstanceCount& count : counts) {
        families.insert(QString::fromStdString(count.family), static_cast<qint64>(count.instances));
        total += static_cast<qint64>(count.instances);
    }
    const auto over = services.ingest.overCardinality();
    const auto refused = over.find(host);
    return {{QStringLiteral("total"), total},
        {QStringLiteral("limit"), static_cast<qint64>(services.instanceLimits.perHost)},
        {QStringLiteral("familyLimit"), static_cast<qint64>(services.instanceLimits.perFamily)},
        {QStringLiteral("families"), families},
        {QStringLiteral("refusedRows"), refused == over.end() ? 0 : static_cast<qint64>(refused->second)}};
}

http::Response json(const QJsonObject& object)
{
    http::Response response = http::jsonResponse(200, QJsonDocument(object).toJson(QJsonDocument::Compact));
    response.secret = false;
    return response;
}

} // namespace

std::optional<HostId> hostOfPath(const Services& services, const Call& call)
{
    bool isNumber = false;
    const HostId id{QByteArray::fromStdString(call.pathValues.at(0)).toLongLong(&isNumber)};
    if (!isNumber || !services.hosts.contains(id))
        return std::nullopt;
    return id;
}

http::Response noSuchHost()
{
    return http::problem(404, ErrorCode::NotFound, "there is no such host", "id");
}

http::Response overview(Services& services, const Call& call)
{
    QByteArray body = overviewJson(services.overview);
    const std::string tag = entityTag(body);
    const std::string* ifNoneMatch = call.request.head.header("if-none-match");
    http::Response response =
        ifNoneMatch && matches(*ifNoneMatch, tag) ? http::emptyResponse(304) : http::jsonResponse(200, std::move(body));
    response.secret = false;
    response.headers.push_back({"etag", tag});
    response.headers.push_back({"cache-control", "private, no-cache"});
    return response;
}

http::Response listHosts(Services& services, const Call&)
{
    QJsonArray hosts;
    const HostRegistry::HostList known = services.hosts.list();
    for (const HostFacts& host : *known)
        hosts.append(toJson(services, host));
    return json({{QStringLiteral("hosts"), hosts}});
}

http::Response showHost(Services& services, const Call& call)
{
    const auto id = hostOfPath(services, call);
    const auto host = id ? services.hosts.find(*id) : std::nullopt;
    if (!host)
        return noSuchHost();
    const auto counts = services.upkeep.instanceCounts(*id);
    if (!counts)
        return failed(services, "hosts", "the instances of a host cannot be counted", counts.error());
    QJsonObject object = toJson(services, *host);
    object.insert(QStringLiteral("instances"), instancesToJson(services, *id, *counts));
    return json(object);
}

http::Response removeHost(Services& services, const Call& call)
{
    const auto id = hostOfPath(services, call);
    if (!id)
        return noSuchHost();
    if (auto removed = services.hosts.remove(*id); !removed)
        return removed.error().code == ErrorCode::NotFound
                   ? noSuchHost()
                   : failed(services, "hosts", "a host cannot be removed", removed.error());
    services.log.info("hosts", "a host was removed",
        {{"host", std::to_string(id->value)}, {"by", call.who.session->user.name.toStdString()}});
    return http::emptyResponse(204);
}

} // namespace sextant::server

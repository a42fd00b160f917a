// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/json_fields.h"
#include "server/api/services.h"
#include "server/auth/api_keys.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace sextant::server {
namespace {

QJsonObject toJson(const ApiKey& key)
{
    QJsonArray rights;
    if (key.mayRead)
        rights.append(QStringLiteral("read"));
    if (key.mayIngest)
        rights.append(QStringLiteral("ingest"));
    QJsonObject labels;
    for (const metrics::Label& label : key.labels)
        labels.insert(QString::fromStdString(label.name), QString::fromStdString(label.value));
    QJsonObject object{{QStringLiteral("id"), static_cast<qint64>(key.id)}, {QStringLiteral("name"), key.name},
        {QStringLiteral("rights"), rights}, {QStringLiteral("labels"), labels},
        {QStringLiteral("created"), static_cast<qint64>(key.createdMs)}, {QStringLiteral("revoked"), key.revoked},
        {QStringLiteral("signed"), key.mustSign}};
    if (key.host)
        object.insert(QStringLiteral("host"), static_cast<qint64>(key.host->value));
    if (key.lastUsedMs)
        object.insert(QStringLiteral("lastUsed"), static_cast<qint64>(*key.lastUsedMs));
    return object;
}

ApiKey readWanted(JsonFields& fields)
{
    ApiKey wanted;
    wanted.name = fields.text(QStringLiteral("name"), 1, ApiKeys::kMaxName);
    for (const QString& right :
        fields.words(QStringLiteral("rights"), {QStringLiteral("read"), QStringLiteral("ingest")}))
        (right == QLatin1String("read") ? wanted.mayRead : wanted.mayIngest) = true;
    if (const auto host = fields.optionalWhole(QStringLiteral("host")))
        wanted.host = HostId{*host};
    for (const auto& [name, value] : fields.optionalTexts(QStringLiteral("labels")))
        wanted.labels.push_back({name.toStdString(), value.toStdString()});
    wanted.mustSign = fields.optionalFlag(QStringLiteral("signed"));
    return wanted;
}

} // namespace

http::Response listKeys(Services& services, const Call&)
{
    const auto keys = services.keys.list();
    if (!keys)
        return failed(services, "keys", "the API keys cannot be read", keys.error());
    QJsonArray list;
    for (const ApiKey& key : *keys)
        list.append(toJson(key));
    return http::jsonResponse(
        200, QJsonDocument(QJsonObject{{QStringLiteral("keys"), list}}).toJson(QJsonDocument::Compact));
}

http::Response createKey(Services& services, const Call& call)
{
    JsonFields fields(call.request);
    const ApiKey wanted = readWanted(fields);
    if (fields.problem())
        return *fields.problem();
    const auto made = services.keys.create(wanted);
    if (!made)
        return failed(services, "keys", "an API key cannot be made", made.error());
    services.log.info("keys", "an API key was made",
        {{"key", std::to_string(made->key.id)}, {"name", made->key.name.toStdString()},
            {"by", call.who.session->user.name.toStdString()}});
    QJsonObject body = toJson(made->key);
    body.insert(QStringLiteral("key"), QString::fromLatin1(made->word));
    return http::jsonResponse(201, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

http::Response revokeKey(Services& services, const Call& call)
{
    bool isNumber = false;
    const qlonglong id = QByteArray::fromStdString(call.pathValues.at(0)).toLongLong(&isNumber);
    const auto revoked = isNumber ? services.keys.revoke(id) : Result<void>(fail(ErrorCode::NotFound, {}));
    if (!revoked && revoked.error().code == ErrorCode::NotFound)
        return http::problem(404, ErrorCode::NotFound, "there is no such API key", "id");
    if (!revoked)
        return failed(services, "keys", "an API key cannot be revoked", revoked.error());
    services.log.info("keys", "an API key was revoked",
        {{"key", std::to_string(id)}, {"by", call.who.session->user.name.toStdString()}});
    return http::emptyResponse(204);
}

} // namespace sextant::server

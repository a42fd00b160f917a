// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/json_fields.h"
#include "server/api/services.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/enrolment_tokens.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace sextant::server {

http::Response listTokens(Services& services, const Call&)
{
    const auto tokens = services.tokens.list();
    if (!tokens)
        return failed(services, "tokens", "the tokens cannot be read", tokens.error());
    QJsonArray list;
    for (const EnrolmentToken& token : *tokens) {
        list.append(QJsonObject{{QStringLiteral("id"), static_cast<qint64>(token.id)},
            {QStringLiteral("note"), token.note}, {QStringLiteral("created"), static_cast<qint64>(token.createdMs)},
            {QStringLiteral("expires"), static_cast<qint64>(token.expiresMs)},
            {QStringLiteral("usedBy"),
                token.usedBy ? QJsonValue(static_cast<qint64>(token.usedBy->value)) : QJsonValue(QJsonValue::Null)},
            {QStringLiteral("revoked"), token.revoked}});
    }
    return http::jsonResponse(
        200, QJsonDocument(QJsonObject{{QStringLiteral("tokens"), list}}).toJson(QJsonDocument::Compact));
}

http::Response createToken(Services& services, const Call& call)
{
    JsonFields fields(call.request);
    const auto validMs = fields.optionalWhole(QStringLiteral("validMs"));
    const QString note = fields.optionalText(QStringLiteral("note"), EnrolmentTokens::kMaxNote);
    if (fields.problem())
        return *fields.problem();
    const auto made = services.tokens.create(validMs.value_or(EnrolmentTokens::kDefaultValidMs), note);
    if (!made)
        return failed(services, "tokens", "a token cannot be made", made.error(),
            made.error().code == ErrorCode::Invalid ? "validMs" : "");
    services.log.info("tokens", "an enrolment token was made",
        {{"token", std::to_string(made->id)}, {"by", call.who.session->user.name.toStdString()}});
    const QByteArray word =
        tokenWord(services.publicUrl, services.authority.fingerprint(), made->secret, made->expiresMs);
    const QJsonObject body{{QStringLiteral("id"), static_cast<qint64>(made->id)},
        {QStringLiteral("token"), QString::fromLatin1(word)},
        {QStringLiteral("expires"), static_cast<qint64>(made->expiresMs)}};
    return http::jsonResponse(201, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

http::Response revokeToken(Services& services, const Call& call)
{
    bool isNumber = false;
    const qlonglong id = QByteArray::fromStdString(call.pathValues.at(0)).toLongLong(&isNumber);
    const auto revoked = isNumber ? services.tokens.revoke(id) : Result<void>(fail(ErrorCode::NotFound, {}));
    if (!revoked && revoked.error().code == ErrorCode::NotFound)
        return http::problem(404, ErrorCode::NotFound, "there is no such token", "id");
    if (!revoked)
        return failed(services, "tokens", "a token cannot be revoked", revoked.error());
    services.log.info("tokens", "an enrolment token was revoked",
        {{"token", std::to_string(id)}, {"by", call.who.session->user.name.toStdString()}});
    return http::emptyResponse(204);
}

} // namespace sextant::server

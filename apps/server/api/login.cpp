// SPDX-License-Identifier: GPL-3.0-or-later
#include "logging/log.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/json_fields.h"
#include "server/api/server_metrics.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/login_guard.h"
#include "server/auth/users.h"
#include "server/http/connection_budget.h"

#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>

#include <utility>

namespace sextant::server {
namespace {

/// One attempt to log in, counted against its account and its address until it turned out right.
struct Attempt {
    QString name;
    QByteArray password;
    std::string address;
    std::string addressKey;

    [[nodiscard]] std::string accountKey() const { return name.toStdString(); }
};

http::Response locked(Services& services, const Attempt& attempt, std::int64_t leftMs)
{
    services.metrics.countLockOut();
    services.log.warning(
        "login", "too many failures: turned away", {{"user", attempt.accountKey()}, {"address", attempt.address}});
    return http::problem(
        429, ErrorCode::Denied, "too many failed logins; try again later", std::chrono::seconds((leftMs + 999) / 1000));
}

http::Response checkAttempt(Services& services, const Attempt& attempt)
{
    const auto user = services.users.check(attempt.name, attempt.password);
    if (!user) {
        services.accountGuard.undo(attempt.accountKey());
        services.addressGuard.undo(attempt.addressKey);
        return failed(services, "login", "a password cannot be checked", user.error());
    }
    if (!*user) {
        services.metrics.countLoginFailure();
        services.log.warning(
            "login", "wrong name or password", {{"user", attempt.accountKey()}, {"address", attempt.address}});
        return http::problem(401, ErrorCode::Denied, "the name or the password is wrong");
    }
    services.accountGuard.succeeded(attempt.accountKey());
    services.addressGuard.undo(attempt.addressKey);
    const auto session = services.sessions.start(**user);
    if (!session)
        return failed(services, "login", "a session cannot be started", session.error());
    const QJsonObject body{{QStringLiteral("token"), QString::fromLatin1(session->token)},
        {QStringLiteral("expires"), static_cast<qint64>(session->expiresMs)}, {QStringLiteral("name"), (*user)->name},
        {QStringLiteral("role"), toString((*user)->role)}};
    return http::jsonResponse(200, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

} // namespace

void logIn(Services& services, Call& call, const http::Responder& responder)
{
    JsonFields fields(call.request);
    Attempt attempt{fields.text(QStringLiteral("name"), 1, 64),
        fields.text(QStringLiteral("password"), 1, 256).toUtf8(), call.request.peer.address,
        http::addressKey(QHostAddress(QString::fromStdString(call.request.peer.address)))};
    if (fields.problem()) {
        responder.send(*fields.problem());
        return;
    }
    const std::int64_t nowMs = services.clock();
    if (const auto leftMs = services.addressGuard.begin(attempt.addressKey, nowMs)) {
        responder.send(locked(services, attempt, *leftMs));
        return;
    }
    if (const auto leftMs = services.accountGuard.begin(attempt.accountKey(), nowMs)) {
        services.addressGuard.undo(attempt.addressKey);
        responder.send(locked(services, attempt, *leftMs));
        return;
    }
    const bool posted =
        services.passwords.post([&services, attempt, responder] { responder.send(checkAttempt(services, attempt)); });
    if (!posted) {
        services.accountGuard.undo(attempt.accountKey());
        services.addressGuard.undo(attempt.addressKey);
        responder.send(http::problem(503, ErrorCode::Busy, "too many logins at once", std::chrono::seconds(2)));
    }
}

http::Response logOut(Services& services, const Call& call)
{
    if (!call.who.session)
        return http::problem(403, ErrorCode::Denied, "only a session can be ended; an admin may revoke an API key");
    if (auto ended = services.sessions.end(call.who.session->hash); !ended)
        return failed(services, "login", "a session cannot be ended", ended.error());
    return http::emptyResponse(204);
}

http::Response whoAmI(Services&, const Call& call)
{
    if (const auto& key = call.who.key) {
        const QJsonObject body{{QStringLiteral("name"), key->name}, {QStringLiteral("role"), toString(Role::Viewer)}};
        return http::jsonResponse(200, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }
    if (const auto& subject = call.who.tokenSubject) {
        const QJsonObject body{{QStringLiteral("name"), *subject}, {QStringLiteral("role"), toString(Role::Viewer)}};
        return http::jsonResponse(200, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }
    const auto& session = *call.who.session;
    const QJsonObject body{{QStringLiteral("name"), session.user.name},
        {QStringLiteral("role"), toString(session.user.role)},
        {QStringLiteral("expires"), static_cast<qint64>(session.expiresMs)}};
    return http::jsonResponse(200, QJsonDocument(body).toJson(QJsonDocument::Compact));
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/miniobserv.h"

#include "server/api/handlers.h"
#include "server/api/receive.h"
#include "server/api/services.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <utility>

namespace sextant::server {
namespace {

http::Response errorOf(int status, const QString& text)
{
    return http::jsonResponse(
        status, QJsonDocument(QJsonObject{{QStringLiteral("error"), text}}).toJson(QJsonDocument::Compact));
}

} // namespace

void receiveMiniObserv(Services& services, Call& call, const http::Responder& responder)
{
    auto intake = readMiniObserv(call.request.body);
    if (!intake) {
        const int status = intake.error().code == ErrorCode::TooLarge ? 413 : 400;
        responder.send(errorOf(status, QString::fromStdString(intake.error().message)));
        return;
    }
    storeSamples(services, call, Way::MiniObserv, std::move(*intake), responder, [](const Received& received) {
        const QJsonArray errors = refusedSentences(received, "metric[", "]: ");
        if (received.stored == 0 && received.refused > 0)
            return errorOf(refusedStatus(received), errors.first().toString());
        QJsonObject answer{{QStringLiteral("ingested"), static_cast<qint64>(received.stored)}};
        if (received.refused > 0) {
            answer.insert(QStringLiteral("rejected"), static_cast<qint64>(received.refused));
            answer.insert(QStringLiteral("errors"), errors);
        }
        return http::jsonResponse(202, QJsonDocument(answer).toJson(QJsonDocument::Compact));
    });
}

} // namespace sextant::server

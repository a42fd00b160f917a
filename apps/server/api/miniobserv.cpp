// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/miniobserv.h"

#include "server/api/compat.h"
#include "server/api/handlers.h"
#include "server/api/receive.h"
#include "server/api/services.h"

#include <utility>

namespace sextant::server {

void receiveMiniObserv(Services& services, Call& call, const http::Responder& responder)
{
    auto intake = readMiniObserv(call.request.body);
    if (!intake) {
        responder.send(errorOf(unreadableStatus(intake.error()), intake.error().message));
        return;
    }
    storeSamples(services, call, Way::MiniObserv, std::move(*intake), responder, [](const Received& received) {
        const QJsonArray errors = refusedSentences(received, "metric[", "]: ");
        if (received.stored == 0 && received.refused > 0)
            return errorOf(refusedStatus(received), errors.first().toString().toStdString());
        QJsonObject answer{{QStringLiteral("ingested"), static_cast<qint64>(received.stored)}};
        if (received.refused > 0) {
            answer.insert(QStringLiteral("rejected"), static_cast<qint64>(received.refused));
            answer.insert(QStringLiteral("errors"), errors);
        }
        return jsonOf(202, answer);
    });
}

} // namespace sextant::server

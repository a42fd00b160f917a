// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/metricsd.h"

#include "server/api/compat.h"
#include "server/api/handlers.h"
#include "server/api/receive.h"
#include "server/api/services.h"

#include <utility>

namespace sextant::server {

void receiveMetricsd(Services& services, Call& call, const http::Responder& responder)
{
    auto intake = readMetricsd(call.request.body);
    if (!intake) {
        responder.send(http::problem(intake.error()));
        return;
    }
    storeSamples(services, call, Way::Metricsd, std::move(*intake), responder, [](const Received& received) {
        if (received.refused == 0)
            return http::emptyResponse(204);
        const QJsonObject answer{{QStringLiteral("stored"), static_cast<qint64>(received.stored)},
            {QStringLiteral("refused"), static_cast<qint64>(received.refused)},
            {QStringLiteral("errors"), refusedSentences(received, "metrics[", "]: ")}};
        return jsonOf(received.stored > 0 ? 200 : refusedStatus(received), answer);
    });
}

} // namespace sextant::server

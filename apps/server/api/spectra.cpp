// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/spectra.h"

#include "server/api/compat.h"
#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/json_fields.h"
#include "server/api/receive.h"
#include "server/api/services.h"
#include "server/auth/api_keys.h"
#include "server/receivers/spectra.h"

#include <utility>

namespace sextant::server {

/// The registration token of a Spectra agent is an API key here, and so is the secret that it gets for it.
http::Response registerSpectraAgent(Services& services, const Call& call)
{
    if (!services.isLoaded)
        return http::problem(503, ErrorCode::Unreachable, "the server waits for its database", std::chrono::seconds(2));
    JsonFields fields(call.request);
    const QByteArray word = fields.text(QStringLiteral("token"), 1, 200).toLatin1();
    if (fields.problem())
        return *fields.problem();
    const auto key = services.keys.find(word);
    if (!key)
        return failed(services, "http", "an API key cannot be looked up", key.error());
    if (!*key || !(*key)->mayIngest)
        return errorOf(401, "invalid or expired registration token");
    return jsonOf(201, {{QStringLiteral("agent_id"), QString::fromStdString(spectraId(*(*key)->host))},
                           {QStringLiteral("secret"), QString::fromLatin1(word)}});
}

void receiveSpectra(Services& services, Call& call, const http::Responder& responder)
{
    auto intake = readSpectra(call.request.body);
    if (!intake) {
        responder.send(errorOf(unreadableStatus(intake.error()), intake.error().message));
        return;
    }
    storeSamples(services, call, Way::Spectra, std::move(*intake), responder, [](const Received& received) {
        // Also where all of it was refused: its agent would send anything else than a 2xx again for ever.
        if (received.refused == 0)
            return http::emptyResponse(202);
        return jsonOf(202, {{QStringLiteral("accepted"), static_cast<qint64>(received.stored)},
                               {QStringLiteral("rejected"), static_cast<qint64>(received.refused)},
                               {QStringLiteral("errors"), refusedSentences(received, "[", "]: ")}});
    });
}

/// There are no commands for foreign agents.
http::Response spectraCommand(Services&, const Call&)
{
    return http::emptyResponse(204);
}

http::Response spectraConfig(Services&, const Call&)
{
    return jsonOf(200, {});
}

} // namespace sextant::server

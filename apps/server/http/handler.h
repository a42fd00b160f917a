// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/request.h"
#include "server/http/responder.h"
#include "server/http/response.h"

#include <QByteArray>

#include <cstddef>
#include <functional>
#include <optional>

namespace sextant::server::http {

/// What is decided when the headers of a request are there and its body is not.
struct Admission {
    std::optional<Response> refusal;             ///< answer with this; a body that follows is not read
    std::size_t bodyLimit = 0;                   ///< bytes as sent; 0 refuses every body
    bool concurrent = false;                     ///< may run while earlier requests of its connection still run
    int route = -1;                              ///< comes back in finished()
    std::function<void(Request, Responder)> run; ///< takes the whole request; must not block the thread
};

/// What the HTTP side asks of the application. One object for all connections; called from every worker thread at once,
/// so it is thread-safe. Outlives the Listener. None of the calls may block or throw.
class RequestHandler {
public:
    RequestHandler() = default;
    virtual ~RequestHandler() = default;
    RequestHandler(const RequestHandler&) = delete;
    RequestHandler& operator=(const RequestHandler&) = delete;

    /// Once per connection that brought a client certificate (DER): what it says when it is to be trusted now, else
    /// nothing. TLS itself accepts any certificate; this is the check.
    [[nodiscard]] virtual std::optional<ClientCertificate> verify(const QByteArray& der) = 0;
    [[nodiscard]] virtual Admission admit(const RequestHead& head, const Peer& peer) = 0;
    /// An answer was put on the wire. `route` is -1 for what never got to a route.
    virtual void finished(int route, int status) = 0;
};

} // namespace sextant::server::http

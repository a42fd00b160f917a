// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/route.h"
#include "server/http/handler.h"

namespace sextant::server {

/// Takes requests from the HTTP side, finds their route, checks the credential that it needs and what the query may
/// hold, and hands them to their handler on the right thread. Owned by main, outlives the Listener; thread-safe.
class Api : public http::RequestHandler {
public:
    explicit Api(Services& services) : m_services(services) {}

    [[nodiscard]] std::optional<http::ClientCertificate> verify(const QByteArray& der) override;
    [[nodiscard]] http::Admission admit(const http::RequestHead& head, const http::Peer& peer) override;
    void finished(int route, int status) override;

private:
    struct Identified {
        Principal who;
        std::optional<http::Response> refusal;
    };

    Identified identify(Need need, const http::RequestHead& head, const http::Peer& peer);
    Identified identifyAgent(const http::Peer& peer);
    Identified identifyPerson(Need need, const QByteArray& token);
    Identified identifyKey(Need need, const QByteArray& word);
    Identified identifyToken(Need need, const QByteArray& token);
    Identified refuse(int status);
    void run(const Route& route, Call call, const http::Responder& responder);

    Services& m_services;
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/api.h"

#include "logging/log.h"
#include "server/api/credential.h"
#include "server/api/failure.h"
#include "server/api/prometheus.h"
#include "server/api/routes.h"
#include "server/api/server_metrics.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/api_keys.h"
#include "server/auth/certificate_authority.h"
#include "server/auth/jwt.h"
#include "server/hosts/host_registry.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::chrono::seconds kTryAgain{2};

http::Response wrongPath(const RouteMatch& match)
{
    if (match.allowed.empty())
        return http::problem(404, ErrorCode::NotFound, "there is nothing at this path");
    std::string allowed;
    for (const std::string_view method : match.allowed)
        allowed += (allowed.empty() ? "" : ", ") + std::string(method);
    http::Response response = http::problem(405, ErrorCode::NotAvailable, "method: expected one of " + allowed);
    response.headers.push_back({"allow", allowed});
    return response;
}

/// Whether its parameters and errors are those of Prometheus' API.
bool isPrometheus(const Route& route)
{
    return route.parameters.data() == kAnyParameters.data();
}

/// A problem for the first query parameter that the route does not have, or that comes twice.
std::optional<http::Response> checkQuery(const Route& route, const http::Target& target)
{
    if (isPrometheus(route))
        return std::nullopt;
    for (std::size_t i = 0; i < target.query.size(); ++i) {
        const std::string& name = target.query[i].first;
        if (std::ranges::find(route.parameters, name) == route.parameters.end())
            return http::problem(400, ErrorCode::Invalid, "there is no such parameter here", name);
        for (std::size_t k = 0; k < i; ++k) {
            if (target.query[k].first == name)
                return http::problem(400, ErrorCode::Invalid, name + ": expected once", name);
        }
    }
    return std::nullopt;
}

Role roleFor(Need need)
{
    switch (need) {
    case Need::Viewer:
        return Role::Viewer;
    case Need::Operator:
        return Role::Operator;
    case Need::Open:
    case Need::Agent:
    case Need::Ingest:
    case Need::Admin:
        break;
    }
    return Role::Admin;
}

} // namespace

std::optional<http::ClientCertificate> Api::verify(const QByteArray& der)
{
    const auto verified = m_services.authority.verifyClient(der, m_services.clock());
    if (!verified)
        return std::nullopt;
    // While the hosts are not known yet our CA's word is enough to connect; each request asks for its host.
    if (m_services.isLoaded && !m_services.hosts.hostForCertificate(verified->fingerprint))
        return std::nullopt;
    return http::ClientCertificate{verified->fingerprint, verified->notBeforeMs, verified->notAfterMs};
}

http::Admission Api::admit(const http::RequestHead& head, const http::Peer& peer)
{
    http::Admission admission;
    RouteMatch match = findRoute(head.method, head.target.segments);
    admission.route = match.index;
    if (!match.route) {
        admission.refusal = wrongPath(match);
        return admission;
    }
    const Route& route = *match.route;
    admission.bodyLimit = route.bodyBytes;
    admission.concurrent = route.concurrent;
    Identified identified = identify(route.need, head, peer);
    admission.refusal = std::move(identified.refusal);
    if (!admission.refusal)
        admission.refusal = checkQuery(route, head.target);
    if (admission.refusal)
        return admission;
    admission.run = [this, &route, who = std::move(identified.who), values = std::move(match.pathValues)](
                        http::Request request, const http::Responder& responder) {
        run(route, {std::move(request), who, values}, responder);
    };
    return admission;
}

void Api::finished(int route, int status)
{
    m_services.metrics.countAnswer(route, status);
}

Api::Identified Api::identify(Need need, const http::RequestHead& head, const http::Peer& peer)
{
    // Nobody is told that a credential is wrong before it is known which are right.
    if (need != Need::Open && !m_services.isLoaded)
        return {{}, http::problem(503, ErrorCode::Unreachable, "the server waits for its database", kTryAgain)};
    switch (need) {
    case Need::Open:
        return {};
    case Need::Agent:
        return identifyAgent(peer);
    case Need::Ingest:
    case Need::Viewer:
    case Need::Operator:
    case Need::Admin:
        break;
    }
    const QByteArray credential = credentialOf(head);
    if (credential.isEmpty())
        return refuse(401);
    if (m_services.jwt && JwtVerifier::isToken(credential))
        return identifyToken(need, credential);
    return ApiKeys::isWord(credential) ? identifyKey(need, credential) : identifyPerson(need, credential);
}

Api::Identified Api::identifyAgent(const http::Peer& peer)
{
    // The certificate was checked at the handshake; that it has not expired and that its host was not removed since is
    // asked for every request.
    const auto& certificate = peer.certificate;
    if (!certificate || certificate->notAfterMs <= m_services.clock())
        return refuse(401);
    const auto host = m_services.hosts.hostForCertificate(certificate->fingerprint);
    if (!host)
        return refuse(401);
    if (m_services.hosts.isOffered(certificate->fingerprint)) {
        // Its first use ends the certificate before it. When the pool is full the next request does.
        (void)m_services.queries.post([&services = m_services, id = *host, fingerprint = certificate->fingerprint] {
            if (auto taken = services.hosts.takeOver(id, fingerprint); !taken)
                services.log.warning("hosts", "cannot end a renewed certificate's predecessor",
                    {{"host", std::to_string(id.value)}, {"error", taken.error().message}});
        });
    }
    return {Principal{host, std::nullopt, std::nullopt}, std::nullopt};
}

Api::Identified Api::identifyKey(Need need, const QByteArray& word)
{
    auto key = m_services.keys.find(word);
    if (!key)
        return {{}, failed(m_services, "http", "an API key cannot be looked up", key.error())};
    if (!*key)
        return refuse(401);
    // A key whose host was removed has no place to write to. One that the command line made just now has a host that
    // is not known here yet.
    if (const auto host = (*key)->host; host && !m_services.hosts.contains(*host)) {
        if (const auto refreshed = m_services.hosts.refresh(); !refreshed)
            return {{}, failed(m_services, "http", "the host of an API key cannot be looked up", refreshed.error())};
        if (!m_services.hosts.contains(*host))
            return refuse(401);
    }
    if (!(need == Need::Ingest ? (*key)->mayIngest : need == Need::Viewer && (*key)->mayRead))
        return refuse(403);
    if (m_services.keys.isDue(**key)) {
        // When the pool is full the next request notes it instead.
        (void)m_services.queries.post([&services = m_services, id = (*key)->id] {
            if (auto noted = services.keys.noteUse(id); !noted)
                services.log.warning("http", "cannot note the use of an API key", {{"error", noted.error().message}});
        });
    }
    return {Principal{std::nullopt, std::nullopt, std::move(*key)}, std::nullopt};
}

Api::Identified Api::identifyToken(Need need, const QByteArray& token)
{
    auto subject = m_services.jwt->verify(token, m_services.clock());
    if (!subject)
        return refuse(401);
    if (need != Need::Viewer)
        return refuse(403);
    return {Principal{std::nullopt, std::nullopt, std::nullopt, std::move(*subject)}, std::nullopt};
}

Api::Identified Api::identifyPerson(Need need, const QByteArray& token)
{
    auto session = m_services.sessions.find(token);
    if (!session)
        return {{}, failed(m_services, "http", "a session cannot be looked up", session.error())};
    if (!*session)
        return refuse(401);
    if (need == Need::Ingest || (*session)->user.role < roleFor(need))
        return refuse(403);
    if (m_services.sessions.isDue(**session)) {
        // When the pool is full the next request moves the session's end instead.
        (void)m_services.queries.post([&services = m_services, hash = (*session)->hash] {
            if (auto extended = services.sessions.extend(hash); !extended)
                services.log.warning("http", "cannot extend a session", {{"error", extended.error().message}});
        });
    }
    return {Principal{std::nullopt, std::move(*session), std::nullopt}, std::nullopt};
}

Api::Identified Api::refuse(int status)
{
    m_services.metrics.countRefusedCredential();
    if (status == 403)
        return {{}, http::problem(403, ErrorCode::Denied, "this credential may not do this")};
    http::Response response =
        http::problem(401, ErrorCode::Denied, "the credential is missing, wrong, expired or revoked");
    response.headers.push_back({"www-authenticate", "Bearer"});
    return {{}, std::move(response)};
}

void Api::run(const Route& route, Call call, const http::Responder& responder)
{
    if (route.runs == Runs::Inline) {
        route.handle(m_services, call, responder);
        return;
    }
    auto shared = std::make_shared<Call>(std::move(call));
    WorkPool& pool = route.runs == Runs::InPromqlPool ? m_services.promql : m_services.queries;
    const bool posted =
        pool.post([&services = m_services, &route, shared, responder] { route.handle(services, *shared, responder); });
    if (posted)
        return;
    constexpr const char* kTooMany = "too many requests at once";
    responder.send(isPrometheus(route)
                       ? prometheusResponse(tl::unexpected<PrometheusFailure>({503, "unavailable", kTooMany}))
                       : http::problem(503, ErrorCode::Busy, kTooMany, std::chrono::seconds(1)));
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/credential.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/api/work_pool.h"
#include "server/auth/api_keys.h"
#include "server/auth/jwt.h"
#include "server/live/hub.h"

#include <charconv>
#include <memory>
#include <string>
#include <utility>

namespace sextant::server {
namespace {

http::Response wrongHosts()
{
    return http::problem(400, ErrorCode::Invalid,
        "hosts: expected at most " + std::to_string(Hub::kHostsPerSubscription) + " host ids, separated by commas",
        "hosts");
}

/// Nothing when the text is no list of ids.
std::optional<std::vector<HostId>> readHosts(const std::string* text)
{
    std::vector<HostId> hosts;
    const char* position = text ? text->data() : nullptr;
    const char* const end = text ? position + text->size() : nullptr;
    while (position != end) {
        HostId id{};
        const auto [stop, error] = std::from_chars(position, end, id.value);
        if (error != std::errc() || (stop != end && (*stop != ',' || stop + 1 == end)))
            return std::nullopt;
        hosts.push_back(id);
        position = stop == end ? end : stop + 1;
    }
    if (hosts.size() > Hub::kHostsPerSubscription)
        return std::nullopt;
    return hosts;
}

/// Whether the session or the key of a stream still holds; an open stream counts as use.
bool stillAllowed(Services& services, const QByteArray& token)
{
    if (services.jwt && JwtVerifier::isToken(token))
        return services.jwt->verify(token, services.clock()).has_value();
    if (ApiKeys::isWord(token)) {
        const auto key = services.keys.find(token);
        return !key || key->has_value(); // when the database does not answer, the next heartbeat asks again
    }
    const auto session = services.sessions.find(token);
    if (!session)
        return true; // the database does not answer now; the next heartbeat asks again
    if (!*session)
        return false;
    if (services.sessions.isDue(**session))
        (void)services.queries.post([&services, hash = (*session)->hash] { (void)services.sessions.extend(hash); });
    return true;
}

} // namespace

http::Response live(Services& services, const Call& call)
{
    auto hosts = readHosts(call.parameter("hosts"));
    if (!hosts)
        return wrongHosts();
    auto stream = std::make_shared<http::StreamBody>();
    stream->start = [&services, hosts = std::move(*hosts)](const http::Stream& client) -> std::shared_ptr<void> {
        auto send = [client](std::shared_ptr<const QByteArray> text) { client.send(std::move(text)); };
        return std::make_shared<Hub::Subscription>(services.hub.subscribe(hosts, std::move(send)));
    };
    stream->heartbeat = ": alive\n\n";
    stream->isAllowed = [&services, token = credentialOf(call.request.head)] { return stillAllowed(services, token); };

    http::Response response = http::emptyResponse(200);
    response.contentType = "text/event-stream";
    response.stream = std::move(stream);
    return response;
}

} // namespace sextant::server

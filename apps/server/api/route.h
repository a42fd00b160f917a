// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/auth/api_keys.h"
#include "server/auth/sessions.h"
#include "server/hosts/host_id.h"
#include "server/http/handler.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

struct Services;

/// Who may use a route. The roles, from Viewer on, are in order: each may do what the ones before it may. Ingest is for
/// API keys with that right alone; Viewer is also for those with the right to read.
enum class Need : std::uint8_t { Open, Agent, Ingest, Viewer, Operator, Admin };

[[nodiscard]] std::string_view toString(Need need);

/// Where a route's handler runs: on the HTTP thread (it must not block), in the pool for reads and writes that are
/// short, or in that for PromQL, which may take long.
enum class Runs : std::uint8_t { Inline, InPool, InPromqlPool };

/// Who was found to be asking.
struct Principal {
    std::optional<HostId> host;               ///< on routes for agents
    std::optional<Sessions::Session> session; ///< of a person
    std::optional<ApiKey> key;                ///< of a program: in place of a session, and on routes for Ingest
    std::optional<QString> tokenSubject{};    ///< of a JSON Web Token, in place of a session
};

/// One request on its way to its handler.
struct Call {
    http::Request request;
    Principal who;
    std::vector<std::string> pathValues; ///< what stood for the {…} of the pattern

    /// The value of a query parameter, or null.
    [[nodiscard]] const std::string* parameter(std::string_view name) const;
};

/// Of the routes of Prometheus' API, which take any query parameters, as often as they come, and look at those that
/// they know. Their errors stand in its envelope.
inline constexpr std::array<std::string_view, 1> kAnyParameters{"*"};

/// One line of the route table.
struct Route {
    http::Method method;
    std::string_view path; ///< "{id}" stands for any one segment, "{rest...}" at the end for one or more
    Need need;
    std::size_t bodyBytes;                        ///< as sent; 0: no body
    std::span<const std::string_view> parameters; ///< query parameters that are allowed; see kAnyParameters
    bool concurrent;                              ///< may run beside earlier requests of its connection
    Runs runs;
    void (*handle)(Services&, Call&, const http::Responder&);
};

} // namespace sextant::server

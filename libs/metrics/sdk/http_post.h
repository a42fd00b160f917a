// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sextant::metrics::sdk {

/// Who takes Prometheus remote write 1.0: Sextant's server, Prometheus, VictoriaMetrics, Mimir…
struct HttpTarget {
    std::string url{};    ///< `https://server:port/api/v1/write`
    std::string key{};    ///< sent as `Authorization: Bearer …`; empty: none
    std::string caFile{}; ///< PEM file of the CA that the server's certificate must come from; empty: the system's
    std::chrono::milliseconds timeout{10'000};
    std::string user{};     ///< sent with the password as `Authorization: Basic …`; empty: not sent
    std::string password{}; ///< without `key` alone
    std::vector<std::pair<std::string, std::string>> headers{}; ///< more of them
    std::function<bool()> isCancelled{}; ///< asked about once a second while a request runs: true ends it
};

struct HttpAnswer {
    long status = 0;
    std::string reason; ///< the first line of its body, at most 1 KiB
    std::optional<std::chrono::milliseconds> retryAfter{};
};

/// Whether an answer that is not 2xx is about the samples: the target will never take them. Any other may be taken
/// later, when a server is back, or when people have mended a token or an address.
[[nodiscard]] constexpr bool refusesSamples(long status)
{
    return status == 400 || status == 409 || status == 413 || status == 422;
}

/// Sends bodies (metrics/remote_write.h) to one target by HTTP with libcurl and keeps its connection. Redirects are
/// answers like others. One thread at a time.
class HttpPost {
public:
    explicit HttpPost(HttpTarget target);
    ~HttpPost();
    HttpPost(const HttpPost&) = delete;
    HttpPost& operator=(const HttpPost&) = delete;

    /// Waits for the answer. Unreachable: none came; the message names the target.
    [[nodiscard]] Result<HttpAnswer> send(const std::string& body);

private:
    class Connection;
    std::unique_ptr<Connection> m_connection;
};

} // namespace sextant::metrics::sdk

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>

namespace sextant::server::http {

/// Every limit of the HTTP side, as docs/api.md states them. A plain value, copied at start; tests make them small.
struct Limits {
    std::size_t headerBytes = 16 * 1024;             ///< request line and headers together
    std::size_t bodyBytes = 4 * 1024 * 1024;         ///< body as sent; a route may allow less, never more
    std::size_t decodedBodyBytes = 32 * 1024 * 1024; ///< body after its Content-Encoding was undone
    std::chrono::milliseconds handshakeTime{10'000}; ///< TCP accept to the end of the TLS handshake
    std::chrono::milliseconds headerTime{10'000};    ///< first byte (or TLS handshake) to the end of the headers
    std::chrono::milliseconds idleTime{60'000};      ///< between requests
    std::size_t bodyBytesPerSecond = 1024;           ///< slowest body, averaged over bodyRateWindow
    std::chrono::milliseconds bodyRateWindow{10'000};
    std::chrono::milliseconds stallTime{60'000};   ///< a client that takes nothing of an answer
    std::size_t connections = 12'000;              ///< in all
    std::size_t connectionsPerAddress = 100;       ///< per IPv4 address or IPv6 /64, agents not counted
    std::size_t refusals = 64;                     ///< connections past a limit that are still told so (503)
    std::size_t pipelined = 16;                    ///< requests of one connection that wait for an answer
    std::size_t writeBacklogBytes = 1024 * 1024;   ///< unsent bytes past which a stream is cut, reading pauses
    std::chrono::milliseconds lingerTime{2'000};   ///< how long unwanted input is thrown away before closing
    std::chrono::milliseconds shutdownTime{5'000}; ///< to finish what is in flight at the end
};

} // namespace sextant::server::http

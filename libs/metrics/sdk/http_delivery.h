// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/sdk/pusher.h"

#include <chrono>
#include <string>

namespace sextant::metrics::sdk {

/// Where a pusher delivers to: Sextant's server, or anything else that takes Prometheus remote write 1.0.
struct HttpTarget {
    std::string url{};    ///< `https://server:port/api/v1/write`
    std::string key{};    ///< sent as `Authorization: Bearer …`; empty: none
    std::string caFile{}; ///< PEM file of the CA that the server's certificate must come from; empty: the system's
    std::chrono::milliseconds timeout{10'000};
};

/// Delivery by HTTP with libcurl. 2xx is taken; 429, 5xx and no answer are Busy or Unreachable; anything else is a
/// refusal with the first line of what the server says. Keeps its connection; for one pusher.
[[nodiscard]] Deliver httpDelivery(HttpTarget target);

} // namespace sextant::metrics::sdk

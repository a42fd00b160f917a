// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/http/response.h"

#include <string_view>

namespace sextant::server {

struct Services;

/// The answer to a request that failed (http::problem()); what is the server's own trouble and not the asker's goes to
/// the log as well. `room` and `what` are for the log: "series", "a query failed". Any thread.
[[nodiscard]] http::Response failed(const Services& services, std::string_view room, std::string_view what,
    const Error& error, std::string_view field = {});

} // namespace sextant::server

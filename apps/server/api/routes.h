// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/route.h"
#include "server/http/request.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sextant::server {

/// The one table of routes. Every path that the server answers is here; docs/api.md lists the same ones (a test
/// compares).
[[nodiscard]] std::span<const Route> routes();

/// What a request asks for.
struct RouteMatch {
    const Route* route = nullptr; ///< null: see allowed
    int index = -1;               ///< in routes()
    std::vector<std::string> pathValues;
    std::vector<std::string_view>
        allowed; ///< methods of this path when the method is not among them; empty: no such path
};

/// HEAD matches GET.
[[nodiscard]] RouteMatch findRoute(http::Method method, const std::vector<std::string>& segments);

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/response.h"

#include <string_view>

namespace sextant::server {

/// `{"error": "Bad Request", "message": "…"}`, as TinyObs says it.
[[nodiscard]] http::Response tinyObsError(int status, std::string_view message);

} // namespace sextant::server

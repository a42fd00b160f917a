// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/route.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sextant::server {

/// A query parameter that is a time (Unix milliseconds): `otherwise` when it is not there, nothing when it is no time.
[[nodiscard]] std::optional<std::int64_t> timeParameter(
    const Call& call, std::string_view name, std::int64_t otherwise);

} // namespace sextant::server

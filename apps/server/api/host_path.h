// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/route.h"

#include <optional>

namespace sextant::server {

/// The host that the {id} of the path names, or nothing when there is none (any more).
[[nodiscard]] std::optional<HostId> hostOfPath(const Services& services, const Call& call);
[[nodiscard]] http::Response noSuchHost();

} // namespace sextant::server

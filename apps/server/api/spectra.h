// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/route.h"
#include "server/hosts/host_id.h"

#include <optional>
#include <string>

namespace sextant::server {

/// The UUID by which Spectra's agents and pages know a host: `00000000-0000-4000-8000-` and its number.
[[nodiscard]] std::string spectraId(HostId host);

/// The host whose UUID or number stands first in the path; nothing when there is none (any more).
[[nodiscard]] std::optional<HostId> spectraHost(const Services& services, const Call& call);
[[nodiscard]] http::Response noSuchAgent();

} // namespace sextant::server

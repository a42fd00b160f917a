// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/sdk/http_post.h"
#include "metrics/sdk/pusher.h"

namespace sextant::metrics::sdk {

/// Delivery by HTTP. 2xx is taken; what refusesSamples() is a refusal with the first line of what the server says;
/// anything else is Busy, and no answer Unreachable. For one pusher.
[[nodiscard]] Deliver httpDelivery(HttpTarget target);

} // namespace sextant::metrics::sdk

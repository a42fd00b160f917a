// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "server/hosts/host_id.h"

#include <compare>

namespace sextant::server {

/// Whose values are held between requests: those of the keys that write into the same host with the same labels forced
/// on. Keys that are bound to other labels never meet them. A plain value.
struct Writer {
    HostId host;
    metrics::Labels labels{}; ///< arranged

    friend auto operator<=>(const Writer&, const Writer&) = default;
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/hosts/host_id.h"

#include <QByteArray>

#include <unordered_map>

namespace sextant::server {

class Overview;

/// Makes the data of `overview` events: the hosts that look different from the last time, and those that are gone. For
/// the hub's thread alone.
class LiveOverview {
public:
    /// The JSON of what changed since the last call, or an empty text when nothing did. The first call tells every
    /// host.
    [[nodiscard]] QByteArray changes(const Overview& overview);

private:
    std::unordered_map<HostId, QByteArray> m_known; ///< the JSON of each host as last told
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/hosts/host_id.h"
#include "server/hosts/overview.h"

#include <QByteArray>

#include <cstdint>
#include <unordered_map>

namespace sextant::server {

/// Makes the data of `overview` events: the hosts that look different from the last time, and those that are gone. For
/// the hub's thread alone.
class LiveOverview {
public:
    /// The JSON of what changed since the last call, or an empty text when nothing did. The first call tells every
    /// host.
    [[nodiscard]] QByteArray changes(const Overview& overview);

private:
    /// A host as it was last told: equal to this, it looks the same.
    struct Told {
        HostDescription description;
        HostHealth health = HostHealth::Unknown;
        std::uint64_t revision = 0;

        friend bool operator==(const Told&, const Told&) = default;
    };
    struct Known {
        Told told;
        std::uint64_t round = 0; ///< in which it was last there
    };

    std::unordered_map<HostId, Known> m_known;
    std::uint64_t m_round = 0;
};

} // namespace sextant::server

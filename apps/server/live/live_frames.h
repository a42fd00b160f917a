// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "server/hosts/host_id.h"

#include <QByteArray>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sextant::server {

/// Makes the data of `frame` events. Remembers the frame before of each family of the hosts that somebody watches,
/// because counters are told as increase per second. For the hub's thread alone.
class LiveFrames {
public:
    /// Forgets the frames of hosts that nobody watches any more.
    void keepOnly(const std::unordered_set<HostId>& watched);

    /// The JSON of one frame, or an empty text for a frame that is not newer than the one before (delivered late:
    /// history).
    [[nodiscard]] QByteArray format(HostId host, const metrics::Frame& frame);

private:
    struct Before {
        std::int64_t timeMs = 0;
        std::map<std::vector<std::string>, std::vector<metrics::Value>> rows; ///< by label values
    };
    using Key = std::pair<HostId, const metrics::Family*>;

    std::map<Key, Before> m_before;
};

} // namespace sextant::server

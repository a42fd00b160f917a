// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/hosts/host_id.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace sextant::server {

/// Remembers when rows came for hours that were over, so that such an hour is sealed once when it has been quiet for a
/// while, and not again for every row. In memory: after a restart no hour waits. Any thread.
class LateHours {
public:
    using Hour = std::pair<std::int64_t, std::int64_t>; ///< host and start

    /// An hour that is never quiet waits for this many quiet times and no longer.
    static constexpr std::int64_t kMostQuietTimes = 12;

    void came(HostId host, std::int64_t hourMs, std::int64_t nowMs);
    /// The hours that wait: something came in the last `quietMs`.
    [[nodiscard]] std::set<Hour> waiting(std::int64_t nowMs, std::int64_t quietMs) const;
    /// The hour is being sealed: what comes from now on counts anew.
    void forget(HostId host, std::int64_t hourMs);

private:
    struct Times {
        std::int64_t firstMs = 0;
        std::int64_t lastMs = 0;
    };

    mutable std::mutex m_mutex;
    std::map<Hour, Times> m_hours;
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/hosts/host_id.h"

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sextant::server {

/// Tells two machines that deliver as one host from one machine that starts again. Each start of an agent has a name of
/// its own (its run): a run that comes back after another one took its place was never over, so there are two. The one
/// that came last goes on, the other is turned away. In memory: after a restart of the server the next A, B, A tells
/// again. Any thread.
class RunWatch {
public:
    /// False: this run was followed by another one and is back.
    [[nodiscard]] bool admit(HostId host, std::string_view run);

private:
    /// Runs before the current one that are remembered.
    static constexpr std::size_t kEarlier = 8;

    struct Runs {
        std::string current;
        std::deque<std::string> earlier;
    };
    std::mutex m_mutex;
    std::unordered_map<HostId, Runs> m_hosts;
};

} // namespace sextant::server

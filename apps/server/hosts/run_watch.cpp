// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/run_watch.h"

#include <algorithm>
#include <utility>

namespace sextant::server {

bool RunWatch::admit(HostId host, std::string_view run)
{
    const std::lock_guard lock(m_mutex);
    Runs& runs = m_hosts[host];
    if (runs.current == run)
        return true;
    if (std::ranges::find(runs.earlier, run) != runs.earlier.end())
        return false;
    if (!runs.current.empty())
        runs.earlier.push_back(std::move(runs.current));
    if (runs.earlier.size() > kEarlier)
        runs.earlier.pop_front();
    runs.current = run;
    return true;
}

} // namespace sextant::server

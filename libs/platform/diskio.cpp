// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/diskio.h"

#include <algorithm>

namespace sextant::platform {

std::optional<double> busyPercent(
    const BlockDevice& previous, const BlockDevice& current, std::chrono::nanoseconds elapsed)
{
    if (!previous.busyTime || !current.busyTime || *current.busyTime < *previous.busyTime ||
        elapsed <= std::chrono::nanoseconds::zero())
        return std::nullopt;
    const std::chrono::duration<double> busy = *current.busyTime - *previous.busyTime;
    return std::min(100.0, 100.0 * busy / std::chrono::duration<double>(elapsed));
}

} // namespace sextant::platform

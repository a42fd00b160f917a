// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/service/clock.h"

#include <ctime>

namespace sextant::agent {
namespace {

std::int64_t milliseconds(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000 + time.tv_nsec / 1'000'000;
}

} // namespace

ClockReading readClocks()
{
    return {milliseconds(CLOCK_REALTIME), std::chrono::milliseconds(milliseconds(CLOCK_BOOTTIME))};
}

} // namespace sextant::agent

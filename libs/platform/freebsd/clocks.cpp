// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/clocks.h"

#include "platform/bsd/sysctl.h"

#include <ctime>

namespace sextant::platform {
namespace {

std::int64_t milliseconds(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000 + time.tv_nsec / 1'000'000;
}

} // namespace

/// FreeBSD has no clock that goes on while the machine sleeps: elapsed and awake are the same.
Clocks readClocks()
{
    const std::int64_t awake = milliseconds(CLOCK_MONOTONIC);
    return {milliseconds(CLOCK_REALTIME), awake, awake};
}

Result<std::string> readBootId(const Roots&)
{
    return sysctlText("kern.boot_id"); // since FreeBSD 14
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/clocks.h"

#include "platform/bsd/sysctl.h"

#include <ctime>

namespace sextant::platform {
namespace {

std::int64_t milliseconds(clockid_t clock)
{
    constexpr std::uint64_t kNanoseconds = 1'000'000;
    return static_cast<std::int64_t>(::clock_gettime_nsec_np(clock) / kNanoseconds);
}

} // namespace

Clocks readClocks()
{
    return {milliseconds(CLOCK_REALTIME), milliseconds(CLOCK_MONOTONIC_RAW), milliseconds(CLOCK_UPTIME_RAW)};
}

Result<std::string> readBootId(const Roots&)
{
    return sysctlText("kern.bootsessionuuid");
}

} // namespace sextant::platform

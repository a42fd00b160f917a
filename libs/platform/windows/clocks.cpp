// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/clocks.h"

#include "platform/windows/performance.h"
#include "platform/windows/windows_api.h"

namespace sextant::platform {

/// The wall clock to the 100 ns, the two others to the timer's tick, 16 ms at most.
Clocks readClocks()
{
    constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000; // in 100 ns since 1601
    constexpr std::int64_t kTicksPerMs = 10'000;
    FILETIME wall{};
    ::GetSystemTimePreciseAsFileTime(&wall);
    const auto elapsed = static_cast<std::int64_t>(::GetTickCount64());
    ULONGLONG awake = 0;
    ::QueryUnbiasedInterruptTime(&awake);
    const auto ticks = static_cast<std::int64_t>(std::uint64_t{wall.dwHighDateTime} << 32 | wall.dwLowDateTime);
    return {(ticks - kUnixEpoch) / kTicksPerMs, elapsed, static_cast<std::int64_t>(awake) / kTicksPerMs};
}

/// From the kernel's moment of the start, not from the registry's count of starts, which not every Windows keeps.
Result<std::string> readBootId(const Roots&)
{
    return queryBootMoment().map([](const parse::BootMoment& moment) { return moment.id; });
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/performance.h"

#include "platform/parse/windows_layout.h"
#include "platform/windows/system_query.h"

namespace sextant::platform {

Result<parse::PerformanceCounters> queryPerformanceCounters()
{
    constexpr std::size_t kRoom = 2 * parse::windows::PerformanceLayout::kSize; // newer systems write more
    return querySystem(SystemClass::Performance, kRoom, "the system's counters")
        .and_then([](const std::vector<std::byte>& bytes) { return parse::parsePerformanceCounters(bytes); });
}

Result<parse::BootMoment> queryBootMoment()
{
    return querySystem(SystemClass::TimeOfDay, parse::windows::TimeOfDayLayout::kSize, "when the machine started")
        .and_then([](const std::vector<std::byte>& bytes) { return parse::parseBootMoment(bytes); });
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_system.h"

#include "platform/parse/windows_layout.h"
#include "platform/parse/windows_times.h"

#include <array>
#include <cstdio>

namespace sextant::platform::parse {

Result<PerformanceCounters> parsePerformanceCounters(RawBytes bytes)
{
    using Layout = windows::PerformanceLayout;
    if (bytes.size() < Layout::kSize)
        return fail(ErrorCode::Malformed, "the system's performance information is too short");
    const auto count = [bytes](std::size_t offset) {
        const auto value = numberAt<std::uint32_t>(bytes, offset);
        return value > 0 ? std::optional(value) : std::nullopt;
    };
    return PerformanceCounters{count(Layout::kPageFaults), count(Layout::kPageReads), count(Layout::kContextSwitches)};
}

Result<BootMoment> parseBootMoment(RawBytes bytes)
{
    using Layout = windows::TimeOfDayLayout;
    const auto ticks = numberAt<std::int64_t>(bytes, Layout::kBootTime);
    const auto moment = momentOf(ticks);
    if (bytes.size() < Layout::kSize || !moment)
        return fail(ErrorCode::Malformed, "the system's time of day does not say when it started");
    const auto unmoved = static_cast<std::uint64_t>(ticks) - numberAt<std::uint64_t>(bytes, Layout::kBootTimeBias);
    std::array<char, 17> id{};
    std::snprintf(id.data(), id.size(), "%016llx", static_cast<unsigned long long>(unmoved));
    return BootMoment{*moment, id.data()};
}

Result<MemoryLists> parseMemoryLists(RawBytes bytes)
{
    using Layout = windows::MemoryListLayout;
    if (bytes.size() < Layout::kSize)
        return fail(ErrorCode::Malformed, "the memory lists are too short");
    const auto pages = [bytes](std::size_t offset) { return numberAt<std::uint64_t>(bytes, offset); };
    MemoryLists lists;
    lists.freePages = pages(Layout::kZero) + pages(Layout::kFree);
    for (std::size_t i = 0; i < Layout::kPriorities; ++i)
        lists.standbyPages += pages(Layout::kStandby + i * sizeof(std::uint64_t));
    return lists;
}

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/bsd_memory.h"

#include "platform/parse/darwin_layout.h"
#include "platform/parse/freebsd_layout.h"

#include <algorithm>

namespace sextant::platform::parse {

Result<std::uint64_t> parseSwapDeviceUsed(RawBytes bytes)
{
    using Layout = freebsd::SwapDeviceLayout;
    if (bytes.size() < Layout::kSize)
        return fail(ErrorCode::Malformed, "vm.swap_info does not hold a whole device");
    return numberAt<std::uint32_t>(bytes, Layout::kUsed);
}

Result<MemoryReading> parseVmStatistics(RawBytes bytes, std::uint64_t total, std::uint64_t pageSize)
{
    using Layout = darwin::VmStatisticsLayout;
    if (bytes.size() < Layout::kExternal + sizeof(std::uint32_t))
        return fail(ErrorCode::Malformed, "host_statistics64 gives too few figures");
    const auto size = [&](std::size_t offset) { return numberAt<std::uint32_t>(bytes, offset) * pageSize; };
    const std::uint64_t free = size(Layout::kFree); // pages read ahead included
    MemoryReading reading;
    reading.total = total;
    reading.free = free - std::min(free, size(Layout::kSpeculative));
    reading.available = std::min(total, free + size(Layout::kInactive) + size(Layout::kPurgeable));
    reading.cached = size(Layout::kExternal);
    reading.pageFaults = numberAt<std::uint64_t>(bytes, Layout::kFaults);
    reading.majorPageFaults = numberAt<std::uint64_t>(bytes, Layout::kPageIns);
    return reading;
}

Result<void> parseSwapUsage(RawBytes bytes, MemoryReading& reading)
{
    using Layout = darwin::SwapUsageLayout;
    if (bytes.size() < Layout::kSize)
        return fail(ErrorCode::Malformed, "vm.swapusage does not follow its format");
    reading.swapTotal = numberAt<std::uint64_t>(bytes, Layout::kTotal);
    reading.swapFree = std::min(*reading.swapTotal, numberAt<std::uint64_t>(bytes, Layout::kAvailable));
    return {};
}

} // namespace sextant::platform::parse

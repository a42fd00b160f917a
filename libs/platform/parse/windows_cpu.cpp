// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_cpu.h"

#include "platform/parse/windows_layout.h"
#include "platform/parse/windows_times.h"

namespace sextant::platform::parse {
namespace {

using Layout = windows::ProcessorLayout;

CpuTimes timesOf(RawBytes processor)
{
    const auto time = [processor](std::size_t offset) {
        return std::chrono::duration_cast<CpuTimes::Time>(durationOf(numberAt<std::int64_t>(processor, offset)));
    };
    CpuTimes times;
    times.user = time(Layout::kUser);
    times.idle = time(Layout::kIdle);
    times.irq = time(Layout::kInterrupt);
    times.softirq = time(Layout::kDpc);
    // They are read one after the other: the parts may be a moment ahead of the whole.
    times.system = std::max(CpuTimes::Time{}, time(Layout::kKernel) - times.idle - *times.irq - *times.softirq);
    return times;
}

} // namespace

Result<std::vector<CoreTimes>> parseProcessorTimes(RawBytes bytes, unsigned first)
{
    if (bytes.empty() || bytes.size() % Layout::kSize != 0)
        return fail(ErrorCode::Malformed, "the processors' times are not whole processors");
    std::vector<CoreTimes> cores;
    for (; !bytes.empty(); bytes = bytes.subspan(Layout::kSize))
        cores.push_back({first++, timesOf(bytes.first(Layout::kSize))});
    return cores;
}

std::vector<std::uint32_t> parseInterruptCounts(RawBytes bytes)
{
    std::vector<std::uint32_t> counts;
    for (; bytes.size() >= Layout::kSize; bytes = bytes.subspan(Layout::kSize))
        counts.push_back(numberAt<std::uint32_t>(bytes, Layout::kInterruptCount));
    return counts;
}

} // namespace sextant::platform::parse

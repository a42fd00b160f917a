// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/bsd_cpu.h"

#include "platform/parse/darwin_layout.h"
#include "platform/parse/freebsd_layout.h"

#include <algorithm>

namespace sextant::platform::parse {
namespace {

/// At most some 36,000 years, so that modes can be added.
CpuTimes::Time timeOf(std::uint64_t ticks, unsigned ticksPerSecond)
{
    constexpr std::uint64_t kMicroseconds = 1'000'000;
    constexpr std::uint64_t kMostSeconds = (std::uint64_t{1} << 60) / kMicroseconds;
    const std::uint64_t seconds = std::min(ticks / ticksPerSecond, kMostSeconds);
    return CpuTimes::Time(
        static_cast<std::int64_t>(seconds * kMicroseconds + ticks % ticksPerSecond * kMicroseconds / ticksPerSecond));
}

} // namespace

Result<std::vector<CoreTimes>> parseCpTimes(RawBytes bytes, unsigned ticksPerSecond)
{
    using Layout = freebsd::CpTimesLayout;
    constexpr std::size_t kCpu = Layout::kStates * sizeof(std::uint64_t);
    if (bytes.empty() || bytes.size() % kCpu != 0)
        return fail(ErrorCode::Malformed, "kern.cp_times does not hold whole CPUs");
    std::vector<CoreTimes> cores;
    for (std::size_t at = 0; at < bytes.size(); at += kCpu) {
        const auto time = [&](std::size_t state) {
            return timeOf(numberAt<std::uint64_t>(bytes, at + state * sizeof(std::uint64_t)), ticksPerSecond);
        };
        CpuTimes times;
        times.user = time(Layout::kUser);
        times.nice = time(Layout::kNice);
        times.system = time(Layout::kSystem);
        times.irq = time(Layout::kInterrupt);
        times.idle = time(Layout::kIdle);
        const CpuTimes::Time sum = times.user + times.system + times.idle + *times.nice + *times.irq;
        if (sum > CpuTimes::Time{})
            cores.push_back({static_cast<unsigned>(at / kCpu), times});
    }
    if (cores.empty())
        return fail(ErrorCode::Malformed, "kern.cp_times holds no CPU that ever ran");
    return cores;
}

Result<unsigned> parseStatHz(RawBytes bytes)
{
    const auto hz = numberAt<std::int32_t>(bytes, freebsd::ClockInfoLayout::kStatHz);
    if (bytes.size() < freebsd::ClockInfoLayout::kSize || hz <= 0)
        return fail(ErrorCode::Malformed, "kern.clockrate does not say how long a tick is");
    return static_cast<unsigned>(hz);
}

Result<std::vector<CoreTimes>> parseProcessorTicks(RawBytes bytes)
{
    using Layout = darwin::CpuLoadLayout;
    constexpr unsigned kTicksPerSecond = 100; // CLK_TCK of the Mach host calls
    constexpr std::size_t kCpu = Layout::kStates * sizeof(std::uint32_t);
    if (bytes.empty() || bytes.size() % kCpu != 0)
        return fail(ErrorCode::Malformed, "host_processor_info does not give whole CPUs");
    std::vector<CoreTimes> cores;
    for (std::size_t at = 0; at < bytes.size(); at += kCpu) {
        const auto time = [&](std::size_t state) {
            return timeOf(numberAt<std::uint32_t>(bytes, at + state * sizeof(std::uint32_t)), kTicksPerSecond);
        };
        CpuTimes times;
        times.user = time(Layout::kUser);
        times.nice = time(Layout::kNice);
        times.system = time(Layout::kSystem);
        times.idle = time(Layout::kIdle);
        cores.push_back({static_cast<unsigned>(at / kCpu), times});
    }
    return cores;
}

Result<LoadAverages> parseLoadAverage(RawBytes bytes)
{
    constexpr std::size_t kSize = 24;
    constexpr std::size_t kScale = 16;
    const auto scale = numberAt<std::int64_t>(bytes, kScale);
    if (bytes.size() < kSize || scale <= 0)
        return fail(ErrorCode::Malformed, "vm.loadavg does not follow its format");
    const auto load = [&](std::size_t index) {
        return static_cast<double>(numberAt<std::uint32_t>(bytes, index * sizeof(std::uint32_t))) /
               static_cast<double>(scale);
    };
    return LoadAverages{load(0), load(1), load(2)};
}

} // namespace sextant::platform::parse

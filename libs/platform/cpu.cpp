// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/cpu.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sextant::platform {
namespace {

using Time = CpuTimes::Time;

constexpr auto kOptionalModes = std::to_array<std::optional<Time> CpuTimes::*>({&CpuTimes::nice, &CpuTimes::iowait,
    &CpuTimes::irq, &CpuTimes::softirq, &CpuTimes::steal, &CpuTimes::guest, &CpuTimes::guestNice});
constexpr auto kModes = std::to_array<Time CpuTimes::*>({&CpuTimes::user, &CpuTimes::system, &CpuTimes::idle});

bool restarted(const CpuTimes& previous, const CpuTimes& current)
{
    return previous.idle - current.idle > kCpuRestart;
}

/// What each mode gained; a fall is no gain.
CpuTimes gained(const CpuTimes& previous, const CpuTimes& current)
{
    CpuTimes gain;
    for (const auto mode : kModes)
        gain.*mode = std::max(Time{}, current.*mode - previous.*mode);
    for (const auto mode : kOptionalModes) {
        if (current.*mode && previous.*mode)
            gain.*mode = std::max(Time{}, *(current.*mode) - *(previous.*mode));
    }
    return gain;
}

void add(CpuTimes& sum, const CpuTimes& times)
{
    for (const auto mode : kModes)
        sum.*mode += times.*mode;
    for (const auto mode : kOptionalModes) {
        if (times.*mode)
            sum.*mode = (sum.*mode).value_or(Time{}) + *(times.*mode);
    }
}

Time sumOfModes(const CpuTimes& times)
{
    Time sum{};
    for (const auto mode : kModes)
        sum += times.*mode;
    for (const auto mode : kOptionalModes)
        sum += (times.*mode).value_or(Time{});
    return sum;
}

std::optional<CpuShares> shares(const CpuTimes& gain)
{
    const Time total = sumOfModes(gain);
    if (total == Time{})
        return std::nullopt;
    const auto percent = [total](Time time) {
        return 100.0 * static_cast<double>(time.count()) / static_cast<double>(total.count());
    };
    const auto optionalPercent = [&](const std::optional<Time>& time) -> std::optional<double> {
        return time ? std::optional(percent(*time)) : std::nullopt;
    };
    CpuShares result;
    result.usage = percent(total - gain.idle - gain.iowait.value_or(Time{}));
    result.user = percent(gain.user);
    result.system = percent(gain.system);
    result.idle = percent(gain.idle);
    result.nice = optionalPercent(gain.nice);
    result.iowait = optionalPercent(gain.iowait);
    result.irq = optionalPercent(gain.irq);
    result.softirq = optionalPercent(gain.softirq);
    result.steal = optionalPercent(gain.steal);
    if (gain.guest)
        result.guest = percent(*gain.guest + gain.guestNice.value_or(Time{}));
    return result;
}

/// Calls `use(previous, current)` for each CPU that is in both lists, which are sorted.
template <typename Current, typename Use>
void forEachCommonCore(const std::vector<CoreTimes>& previous, Current& current, Use use)
{
    auto before = previous.begin();
    for (auto& core : current) {
        while (before != previous.end() && before->core < core.core)
            ++before;
        if (before != previous.end() && before->core == core.core)
            use(before->times, core.times);
    }
}

void liftToPrevious(const CpuTimes& previous, CpuTimes& current)
{
    for (const auto mode : kModes)
        current.*mode = std::max(previous.*mode, current.*mode);
    for (const auto mode : kOptionalModes) {
        if (current.*mode && previous.*mode)
            current.*mode = std::max(*(previous.*mode), *(current.*mode));
    }
}

} // namespace

std::optional<CpuShares> cpuUsage(const CpuTimes& previous, const CpuTimes& current)
{
    if (restarted(previous, current))
        return std::nullopt;
    return shares(gained(previous, current));
}

std::optional<CpuShares> cpuUsage(const CpuReading& previous, const CpuReading& current)
{
    if (previous.cores.empty() || current.cores.empty())
        return cpuUsage(previous.total, current.total);
    CpuTimes gain;
    forEachCommonCore(previous.cores, current.cores, [&gain](const CpuTimes& before, const CpuTimes& now) {
        if (!restarted(before, now))
            add(gain, gained(before, now));
    });
    return shares(gain);
}

CpuReading withoutFalls(const CpuReading& previous, CpuReading current)
{
    if (previous.cores.empty() || current.cores.empty()) {
        if (!restarted(previous.total, current.total))
            liftToPrevious(previous.total, current.total);
        return current;
    }
    CpuTimes total = previous.total;
    forEachCommonCore(previous.cores, current.cores, [&total](const CpuTimes& before, CpuTimes& now) {
        if (restarted(before, now))
            return;
        liftToPrevious(before, now);
        add(total, gained(before, now));
    });
    current.total = total;
    return current;
}

CpuReading readingOf(std::vector<CoreTimes> cores)
{
    CpuReading reading;
    for (const CoreTimes& core : cores)
        add(reading.total, core.times);
    reading.cores = std::move(cores);
    return reading;
}

CpuReading completed(CpuReading reading, std::optional<CpuReading>& previous, const Result<LoadAverages>& load)
{
    if (previous)
        reading = withoutFalls(*previous, std::move(reading));
    previous = reading;
    if (load)
        reading.load = *load;
    else if (load.error().code != ErrorCode::NotAvailable)
        reading.warnings.push_back(load.error().message);
    return reading;
}

} // namespace sextant::platform

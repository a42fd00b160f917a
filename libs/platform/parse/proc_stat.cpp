// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/proc_stat.h"

#include "platform/parse/fields.h"

#include <algorithm>
#include <array>

namespace sextant::platform::parse {
namespace {

/// Counts past this are no CPU time of any machine, and would run over as microseconds.
constexpr std::uint64_t kMaxTicks = std::uint64_t(1) << 42;

/// user nice system idle iowait irq softirq steal guest guest_nice. Nothing when one of the first four is missing or a
/// field is no number.
std::optional<CpuTimes> parseTimes(std::string_view fields, unsigned ticksPerSecond)
{
    std::array<std::optional<CpuTimes::Time>, 10> modes;
    for (auto& mode : modes) {
        const std::string_view field = takeField(fields);
        if (field.empty())
            break;
        const auto ticks = toUnsigned(field);
        if (!ticks || *ticks > kMaxTicks)
            return std::nullopt;
        mode = CpuTimes::Time(static_cast<std::int64_t>(*ticks * 1'000'000 / ticksPerSecond));
    }
    const auto& [user, nice, system, idle, iowait, irq, softirq, steal, guest, guestNice] = modes;
    if (!idle)
        return std::nullopt;
    constexpr CpuTimes::Time none{};
    CpuTimes times;
    // The kernel adds a guest's time to user or nice as well. The fields are not read at one instant, so a guest can be
    // a tick ahead.
    times.user = std::max(none, *user - guest.value_or(none));
    times.nice = std::max(none, *nice - guestNice.value_or(none));
    times.system = *system;
    times.idle = *idle;
    times.iowait = iowait;
    times.irq = irq;
    times.softirq = softirq;
    times.steal = steal;
    times.guest = guest;
    times.guestNice = guestNice;
    return times;
}

} // namespace

Result<ProcStatCpus> parseProcStatCpus(std::string_view text, unsigned ticksPerSecond)
{
    constexpr unsigned kMaxCores = 65536;
    std::string_view line;
    if (!takeLine(text, line) || takeField(line) != "cpu")
        return fail(ErrorCode::Malformed, "/proc/stat does not begin with the line of all CPUs");
    const auto total = parseTimes(line, ticksPerSecond);
    if (!total)
        return fail(ErrorCode::Malformed, "the line of all CPUs in /proc/stat is cut short or holds no numbers");
    ProcStatCpus cpus{*total, {}};
    while (takeLine(text, line)) {
        std::string_view name = takeField(line);
        if (!name.starts_with("cpu"))
            break;
        const auto core = toUnsigned(name.substr(3));
        const auto times = parseTimes(line, ticksPerSecond);
        if (!core || *core >= kMaxCores || !times)
            break;
        cpus.cores.push_back({static_cast<unsigned>(*core), *times});
    }
    std::ranges::sort(cpus.cores, {}, &CoreTimes::core);
    return cpus;
}

ProcStatCounters parseProcStatCounters(std::string_view text)
{
    ProcStatCounters counters;
    std::string_view line;
    while (takeLine(text, line)) {
        if (line.starts_with("cpu"))
            continue;
        const std::string_view name = takeField(line);
        if (name == "intr") {
            counters.interrupts = takeUnsigned(line); // the sum; the many numbers after it are one per line
        } else if (name == "ctxt") {
            counters.contextSwitches = takeUnsigned(line);
        } else if (name == "processes") {
            counters.forks = takeUnsigned(line);
        } else if (name == "btime") {
            counters.bootTime = toSigned(takeField(line));
        }
    }
    return counters;
}

} // namespace sextant::platform::parse

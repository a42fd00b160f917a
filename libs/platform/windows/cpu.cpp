// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/cpu.h"

#include "platform/load_mean.h"
#include "platform/parse/windows_cpu.h"
#include "platform/windows/system_query.h"

namespace sextant::platform {
namespace {

using Clock = std::chrono::steady_clock;

Result<std::vector<CoreTimes>> readCores()
{
    const auto groups = queryProcessors();
    if (!groups)
        return tl::unexpected(groups.error());
    std::vector<CoreTimes> cores;
    for (const ProcessorGroup& group : *groups) {
        const auto ofGroup = parse::parseProcessorTimes(group.bytes, group.first);
        if (!ofGroup)
            return ofGroup;
        cores.insert(cores.end(), ofGroup->begin(), ofGroup->end());
    }
    return cores;
}

} // namespace

/// Windows keeps no load average. Here it is made of what can be had: how many CPUs worked since the reading before,
/// which their times tell exactly, and how many threads had to wait for one, which is looked at every 5 s, as often as
/// Linux looks. The mean begins when the reader does. Threads that wait for a disk, which Linux adds, are not in it.
struct CpuReader::State {
    [[nodiscard]] Result<LoadAverages> load(const CpuReading& now);

    std::optional<CpuReading> previous;
    LoadMean mean;
    double waiting = 0;
    std::optional<Clock::time_point> lookedAt;
};

Result<LoadAverages> CpuReader::State::load(const CpuReading& now)
{
    constexpr std::chrono::seconds kLook(5);
    const Clock::time_point time = Clock::now();
    if (!lookedAt || time - *lookedAt >= kLook) {
        const auto processes = queryProcesses();
        if (!processes)
            return tl::unexpected(processes.error());
        waiting = static_cast<double>(processes->waitingForCpu);
        lookedAt = time;
    }
    if (previous) {
        const CpuWork work = workBetween(*previous, now);
        mean.add(work.busyCpus + waiting, work.elapsed);
    }
    if (const auto averages = mean.averages())
        return *averages;
    return fail(ErrorCode::NotAvailable, "the first reading has no load: it is a mean over the time between readings");
}

CpuReader::CpuReader(Roots) : m_state(std::make_unique<State>()) {}

CpuReader::~CpuReader() = default;

Result<CpuReading> CpuReader::read()
{
    auto cores = readCores();
    if (!cores)
        return tl::unexpected(cores.error());
    CpuReading reading = readingOf(std::move(*cores));
    const auto load = m_state->load(reading);
    return completed(std::move(reading), m_state->previous, load);
}

} // namespace sextant::platform

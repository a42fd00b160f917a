// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/system.h"

#include "platform/clocks.h"
#include "platform/parse/process_counts.h"
#include "platform/parse/windows_cpu.h"
#include "platform/widening_counter.h"
#include "platform/windows/logins.h"
#include "platform/windows/performance.h"
#include "platform/windows/system_query.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <map>

namespace sextant::platform {
namespace {

/// Windows knows no processes that are stopped, zombies or blocked: only their threads wait.
Result<ProcessCounts> countAll()
{
    return queryProcesses().map([](const parse::ProcessSnapshot& snapshot) {
        ProcessCounts counts = parse::countProcesses(snapshot.processes);
        counts.blocked.reset();
        counts.stopped.reset();
        counts.zombie.reset();
        counts.idle.reset();
        return counts;
    });
}

Result<std::uint64_t> countHandles()
{
    PERFORMANCE_INFORMATION performance{};
    if (::GetPerformanceInfo(&performance, sizeof(performance)) == 0)
        return tl::unexpected(lastError("the open handles"));
    return std::uint64_t{performance.HandleCount};
}

} // namespace

struct SystemReader::State {
    [[nodiscard]] Result<std::uint64_t> countInterrupts();

    WideningCounter contextSwitches;
    std::map<unsigned, WideningCounter> interrupts; ///< by processor
};

/// NotAvailable where no processor counted any.
Result<std::uint64_t> SystemReader::State::countInterrupts()
{
    const auto groups = queryProcessors();
    if (!groups)
        return tl::unexpected(groups.error());
    std::uint64_t sum = 0;
    for (const ProcessorGroup& group : *groups) {
        unsigned processor = group.first;
        for (const std::uint32_t count : parse::parseInterruptCounts(group.bytes))
            sum += interrupts[processor++].widen(count);
    }
    if (sum == 0)
        return fail(ErrorCode::NotAvailable, "this system does not count interrupts");
    return sum;
}

SystemReader::SystemReader(Roots) : m_state(std::make_unique<State>()) {}

SystemReader::~SystemReader() = default;

Result<SystemReading> SystemReader::read(ProcessCounting counting)
{
    SystemReading reading;
    const auto keep = [&reading](const auto& result, auto& place) {
        if (result)
            place = *result;
        else if (result.error().code != ErrorCode::NotAvailable)
            reading.warnings.push_back(result.error().message);
    };
    reading.uptime = std::chrono::milliseconds(readClocks().elapsedMs);
    keep(queryBootMoment().map(
             [](const parse::BootMoment& boot) { return std::chrono::floor<std::chrono::seconds>(boot.time); }),
        reading.bootTime);
    if (counting == ProcessCounting::Count)
        keep(countAll(), reading.processes);
    keep(countLoggedIn(), reading.users);
    keep(m_state->countInterrupts(), reading.interrupts);
    keep(countHandles(), reading.openFiles);
    const auto counters = queryPerformanceCounters();
    if (!counters)
        reading.warnings.push_back(counters.error().message);
    else if (counters->contextSwitches)
        reading.contextSwitches = m_state->contextSwitches.widen(*counters->contextSwitches);
    return reading;
}

} // namespace sextant::platform

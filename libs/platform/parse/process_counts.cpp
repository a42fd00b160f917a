// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/process_counts.h"

#include <algorithm>

namespace sextant::platform::parse {

ProcessCounts countProcesses(std::span<const Process> processes)
{
    const auto inState = [processes](ProcessState state) {
        return static_cast<std::uint64_t>(std::ranges::count(processes, state, &Process::state));
    };
    ProcessCounts counts;
    counts.processes = processes.size();
    counts.running = inState(ProcessState::Running);
    counts.sleeping = inState(ProcessState::Sleeping);
    counts.blocked = inState(ProcessState::Blocked);
    counts.stopped = inState(ProcessState::Stopped);
    counts.zombie = inState(ProcessState::Zombie);
    counts.idle = inState(ProcessState::Idle);
    for (const Process& process : processes)
        counts.threads += process.threads;
    return counts;
}

} // namespace sextant::platform::parse

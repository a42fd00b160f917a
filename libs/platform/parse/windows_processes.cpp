// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_processes.h"

#include "platform/parse/utf16.h"
#include "platform/parse/windows_layout.h"
#include "platform/parse/windows_times.h"

namespace sextant::platform::parse {
namespace {

using Layout = windows::ProcessLayout;
using windows::ThreadLayout;

/// KTHREAD_STATE.
enum ThreadState : std::uint32_t {
    Ready = 1,
    Running = 2,
    Standby = 3,
    Waiting = 5,
    Transition = 6,
    DeferredReady = 7
};

bool waitsForCpu(std::uint32_t state)
{
    return state == Ready || state == Standby || state == DeferredReady;
}

/// Looks at each thread behind the process; counts those that wait for a processor.
ProcessState stateOf(RawBytes process, std::uint64_t& waitingForCpu)
{
    const auto threads = numberAt<std::uint32_t>(process, Layout::kThreads);
    ProcessState state = ProcessState::Unknown;
    for (std::uint32_t i = 0; i < threads; ++i) {
        const auto thread =
            numberAt<std::uint32_t>(process, Layout::kSize + i * ThreadLayout::kSize + ThreadLayout::kState);
        if (waitsForCpu(thread))
            ++waitingForCpu;
        if (thread == Running || waitsForCpu(thread))
            state = ProcessState::Running;
        else if ((thread == Waiting || thread == Transition) && state == ProcessState::Unknown)
            state = ProcessState::Sleeping;
    }
    return state;
}

Process processOf(RawBytes bytes, std::uint64_t pid)
{
    Process process;
    process.pid = static_cast<std::int64_t>(pid);
    process.parent = static_cast<std::int64_t>(numberAt<std::uint64_t>(bytes, Layout::kParent));
    process.threads = numberAt<std::uint32_t>(bytes, Layout::kThreads);
    process.residentBytes = numberAt<std::uint64_t>(bytes, Layout::kResidentBytes);
    process.cpuTime = durationOf(static_cast<std::int64_t>( // unsigned: what is no time at all may run over
        numberAt<std::uint64_t>(bytes, Layout::kUser) + numberAt<std::uint64_t>(bytes, Layout::kKernel)));
    process.started = momentOf(numberAt<std::int64_t>(bytes, Layout::kCreated));
    return process;
}

} // namespace

Result<ProcessSnapshot> parseProcessSnapshot(RawBytes bytes, std::uint64_t base)
{
    const auto malformed = [] { return fail(ErrorCode::Malformed, "an entry of the process list does not fit it"); };
    ProcessSnapshot snapshot;
    std::size_t at = 0;
    while (true) {
        const RawBytes rest = bytes.subspan(at);
        const std::size_t threads = numberAt<std::uint32_t>(rest, Layout::kThreads);
        if (rest.size() < Layout::kSize || threads > (rest.size() - Layout::kSize) / ThreadLayout::kSize)
            return malformed();
        const auto pid = numberAt<std::uint64_t>(rest, Layout::kPid);
        if (pid != 0) {
            Process process = processOf(rest, pid);
            process.name = unicodeStringAt(bytes, at + Layout::kName, base);
            process.state = stateOf(rest, snapshot.waitingForCpu);
            snapshot.processes.push_back(std::move(process));
        }
        const std::size_t next = numberAt<std::uint32_t>(rest, Layout::kNext);
        if (next == 0)
            return snapshot;
        if (next < Layout::kSize || next > rest.size())
            return malformed();
        at += next;
    }
}

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/processes.h"

#include "platform/linux/kernel_file.h"
#include "platform/linux/process_folder.h"
#include "platform/parse/pid_stat.h"
#include "platform/parse/proc_stat.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace sextant::platform {

struct ProcessesReader::State {
    explicit State(const Roots& roots) : stat(roots.proc + "/stat"), processes(roots.proc) {}

    [[nodiscard]] std::optional<Process> readProcess(const char* pid, std::optional<std::int64_t> bootTime);
    [[nodiscard]] std::chrono::nanoseconds time(std::uint64_t ticks) const;

    KernelFile stat;
    ProcessFolder processes;
    std::uint64_t ticksPerSecond = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    std::uint64_t pageSize = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::array<char, kCommandLineLimit> buffer;
};

/// Ticks as a time; what is past 292 years is no time of a process and stays at that.
std::chrono::nanoseconds ProcessesReader::State::time(std::uint64_t ticks) const
{
    constexpr std::uint64_t kMax = 9'000'000'000;
    const std::uint64_t seconds = std::min(ticks / ticksPerSecond, kMax);
    const std::uint64_t rest = ticks % ticksPerSecond * 1'000'000'000 / ticksPerSecond;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1'000'000'000 + rest));
}

/// Nothing when the process ended in the meantime.
std::optional<Process> ProcessesReader::State::readProcess(const char* pid, std::optional<std::int64_t> bootTime)
{
    const Descriptor folder(::openat(processes.descriptor(), pid, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isOpen())
        return std::nullopt;
    const auto text = readOnce(folder.number(), "stat", buffer);
    const auto parsed = text ? parse::parsePidStat(*text) : fail(ErrorCode::NotFound, "it ended");
    if (!parsed)
        return std::nullopt;
    Process process;
    process.pid = parsed->pid;
    process.parent = parsed->parent;
    process.name = parsed->name;
    process.state = parse::processState(parsed->state);
    process.threads = parsed->threads;
    process.residentBytes = parsed->residentPages * pageSize;
    process.cpuTime = time(parsed->userTicks) + time(parsed->systemTicks);
    if (bootTime) {
        const auto sinceBoot = std::chrono::duration_cast<std::chrono::system_clock::duration>(time(parsed->startTicks));
        process.started = std::chrono::system_clock::time_point(std::chrono::seconds(*bootTime) + sinceBoot);
    }
    if (const auto status = readOnce(folder.number(), "status", buffer))
        process.uid = parse::parsePidUid(*status);
    if (const auto arguments = readOnce(folder.number(), "cmdline", buffer))
        process.commandLine = parse::joinCommandLine(*arguments);
    return process;
}

ProcessesReader::ProcessesReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

ProcessesReader::~ProcessesReader() = default;

Result<ProcessesReading> ProcessesReader::read()
{
    if (const auto opened = m_state->processes.rewind(); !opened)
        return tl::unexpected(opened.error());
    ProcessesReading reading;
    const auto counters = m_state->stat.read().map(parse::parseProcStatCounters);
    std::optional<std::int64_t> bootTime;
    if (counters)
        bootTime = counters->bootTime;
    else
        reading.warnings.push_back(counters.error().message);
    while (const char* pid = m_state->processes.next()) {
        if (auto process = m_state->readProcess(pid, bootTime))
            reading.processes.push_back(std::move(*process));
    }
    std::ranges::sort(reading.processes, {}, &Process::pid);
    return reading;
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/processes.h"

#include "platform/bsd/sysctl.h"
#include "platform/freebsd/process_table.h"
#include "platform/parse/pid_stat.h"

#include <sys/sysctl.h>
#include <sys/types.h>

#include <algorithm>
#include <array>

namespace sextant::platform {
namespace {

/// Empty where there is none (the kernel's own, zombies) and where it may not be read.
std::string commandLine(std::int64_t pid)
{
    const std::array<int, 4> path{CTL_KERN, KERN_PROC, KERN_PROC_ARGS, static_cast<int>(pid)};
    const auto bytes = sysctlBytes(path, "kern.proc.args");
    if (!bytes)
        return {};
    const std::size_t size = std::min(bytes->size(), ProcessesReader::kCommandLineLimit);
    return parse::joinCommandLine({reinterpret_cast<const char*>(bytes->data()), size});
}

} // namespace

struct ProcessesReader::State {};

ProcessesReader::ProcessesReader(Roots) {}

ProcessesReader::~ProcessesReader() = default;

Result<ProcessesReading> ProcessesReader::read()
{
    auto processes = readAllProcesses();
    if (!processes)
        return tl::unexpected(processes.error());
    ProcessesReading reading;
    reading.processes = std::move(*processes);
    for (Process& process : reading.processes)
        process.commandLine = commandLine(process.pid);
    std::ranges::sort(reading.processes, {}, &Process::pid);
    return reading;
}

} // namespace sextant::platform

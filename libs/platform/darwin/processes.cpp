// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/processes.h"

#include "platform/bsd/sysctl.h"
#include "platform/darwin/process_table.h"
#include "platform/parse/bsd_processes.h"

#include <sys/sysctl.h>
#include <sys/types.h>

#include <algorithm>
#include <array>

namespace sextant::platform {
namespace {

/// Empty where there is none (the kernel, zombies) and where it may not be read.
std::string commandLine(std::int64_t pid)
{
    const std::array<int, 3> path{CTL_KERN, KERN_PROCARGS2, static_cast<int>(pid)};
    const auto bytes = sysctlBytes(path, "kern.procargs2");
    return bytes ? parse::parseProcessArguments(*bytes).substr(0, ProcessesReader::kCommandLineLimit) : std::string();
}

} // namespace

struct ProcessesReader::State {};

ProcessesReader::ProcessesReader(Roots) {}

ProcessesReader::~ProcessesReader() = default;

/// A process whose use may not be read is left out: without it, it would look idle and empty.
Result<ProcessesReading> ProcessesReader::read()
{
    auto processes = readAllProcesses();
    if (!processes)
        return tl::unexpected(processes.error());
    ProcessesReading reading;
    std::size_t denied = 0;
    for (Process& process : *processes) {
        const bool zombie = process.state == ProcessState::Zombie; // uses nothing
        const auto use = zombie ? Result<void>() : readUse(process);
        if (!use) {
            denied += use.error().code == ErrorCode::Denied ? 1 : 0;
            continue;
        }
        process.commandLine = commandLine(process.pid);
        reading.processes.push_back(std::move(process));
    }
    if (denied > 0)
        reading.warnings.push_back(
            std::to_string(denied) + " processes of other users are left out: only root may read what they use");
    std::ranges::sort(reading.processes, {}, &Process::pid);
    return reading;
}

} // namespace sextant::platform

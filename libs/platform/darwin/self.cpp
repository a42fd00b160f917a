// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/self.h"

#include "platform/bsd/sysctl.h"
#include "platform/darwin/process_table.h"
#include "platform/parse/bsd_processes.h"

#include <sys/sysctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>

namespace sextant::platform {

struct SelfReader::State {};

SelfReader::SelfReader() = default;

SelfReader::~SelfReader() = default;

Result<SelfReading> SelfReader::read()
{
    const std::array<int, 4> path{CTL_KERN, KERN_PROC, KERN_PROC_PID, ::getpid()};
    auto processes = sysctlBytes(path, "kern.proc.pid").and_then([](const std::vector<std::byte>& bytes) {
        return parse::parseDarwinProcesses(bytes);
    });
    if (!processes)
        return tl::unexpected(processes.error());
    if (processes->size() != 1)
        return fail(ErrorCode::Malformed, "kern.proc.pid does not hold one process");
    Process& process = processes->front();
    if (const auto use = readUse(process); !use)
        return tl::unexpected(use.error());
    const auto files = countOwnOpenFiles();
    if (!files)
        return tl::unexpected(files.error());
    SelfReading reading;
    reading.cpuTime = process.cpuTime;
    reading.residentBytes = process.residentBytes;
    reading.openFiles = *files;
    reading.threads = process.threads;
    reading.started = process.started.value_or(std::chrono::system_clock::time_point());
    return reading;
}

} // namespace sextant::platform

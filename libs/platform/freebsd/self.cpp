// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/self.h"

#include "platform/bsd/sysctl.h"
#include "platform/freebsd/process_table.h"
#include "platform/parse/raw_bytes.h"

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
    const auto processes = readProcessTable(path, "kern.proc.pid");
    if (!processes)
        return tl::unexpected(processes.error());
    if (processes->size() != 1)
        return fail(ErrorCode::Malformed, "kern.proc.pid does not hold one process");
    const std::array<int, 4> filesPath{CTL_KERN, KERN_PROC, KERN_PROC_NFDS, 0}; // 0: this process
    const auto files = sysctlBytes(filesPath, "kern.proc.nfds");
    if (!files)
        return tl::unexpected(files.error());
    const Process& process = processes->front();
    SelfReading reading;
    reading.cpuTime = process.cpuTime;
    reading.residentBytes = process.residentBytes;
    reading.openFiles = static_cast<std::uint64_t>(parse::numberAt<std::int32_t>(*files, 0));
    reading.threads = process.threads;
    reading.started = process.started.value_or(std::chrono::system_clock::time_point());
    return reading;
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/darwin/process_table.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/bsd_processes.h"

#include <libproc.h>
#include <mach/mach_time.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sextant::platform {

Result<std::vector<Process>> readAllProcesses()
{
    const std::array<int, 3> path{CTL_KERN, KERN_PROC, KERN_PROC_ALL};
    return sysctlBytes(path, "kern.proc.all").and_then([](const std::vector<std::byte>& bytes) {
        return parse::parseDarwinProcesses(bytes);
    });
}

Result<void> readUse(Process& process)
{
    mach_timebase_info_data_t timebase{};
    ::mach_timebase_info(&timebase);
    std::array<std::byte, PROC_PIDTASKINFO_SIZE> bytes{};
    const int size = ::proc_pidinfo(
        static_cast<int>(process.pid), PROC_PIDTASKINFO, 0, bytes.data(), static_cast<int>(bytes.size()));
    if (size <= 0)
        return tl::unexpected(errorFor(errno, "what process " + std::to_string(process.pid) + " uses"));
    return parse::applyTaskInfo(
        std::span(bytes).first(static_cast<std::size_t>(size)), {timebase.numer, timebase.denom}, process);
}

Result<std::uint64_t> countOwnOpenFiles()
{
    // Asked for its size, the call answers with that of the table, which may have holes: the list is what counts.
    std::vector<proc_fdinfo> files(256);
    while (true) {
        const auto room = static_cast<int>(files.size() * sizeof(proc_fdinfo));
        const int size = ::proc_pidinfo(::getpid(), PROC_PIDLISTFDS, 0, files.data(), room);
        if (size <= 0)
            return tl::unexpected(errorFor(errno, "the open files of this process"));
        if (size < room)
            return static_cast<std::uint64_t>(size) / sizeof(proc_fdinfo);
        files.resize(files.size() * 2);
    }
}

} // namespace sextant::platform

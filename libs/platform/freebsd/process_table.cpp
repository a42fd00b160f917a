// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/freebsd/process_table.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/bsd_processes.h"

#include <sys/sysctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>

namespace sextant::platform {

Result<std::vector<Process>> readProcessTable(std::span<const int> path, const std::string& what)
{
    return sysctlBytes(path, what).and_then([](const std::vector<std::byte>& bytes) {
        return parse::parseFreeBsdProcesses(bytes, static_cast<std::uint64_t>(::getpagesize()));
    });
}

Result<std::vector<Process>> readAllProcesses()
{
    const std::array<int, 3> path{CTL_KERN, KERN_PROC, KERN_PROC_PROC};
    return readProcessTable(path, "kern.proc.proc");
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/system.h"

#include "platform/bsd/logins.h"
#include "platform/bsd/sysctl.h"
#include "platform/clocks.h"
#include "platform/freebsd/process_table.h"
#include "platform/parse/bsd_processes.h"
#include "platform/parse/process_counts.h"
#include "platform/parse/raw_bytes.h"

namespace sextant::platform {
namespace {

/// kern.boottime, a struct timeval: to the second.
Result<std::chrono::system_clock::time_point> bootTime()
{
    return sysctlBytes("kern.boottime").map([](const std::vector<std::byte>& bytes) {
        return std::chrono::system_clock::time_point(std::chrono::seconds(parse::numberAt<std::int64_t>(bytes, 0)));
    });
}

/// fork(2), vfork(2) and rfork(2), counted apart.
Result<std::uint64_t> forks()
{
    std::uint64_t sum = 0;
    for (const char* name : {"vm.stats.vm.v_forks", "vm.stats.vm.v_vforks", "vm.stats.vm.v_rforks"}) {
        const auto count = sysctlNumber(name);
        if (!count)
            return count;
        sum += *count;
    }
    return sum;
}

} // namespace

struct SystemReader::State {};

SystemReader::SystemReader(Roots) {}

SystemReader::~SystemReader() = default;

Result<SystemReading> SystemReader::read(ProcessCounting counting)
{
    SystemReading reading;
    const auto keep = [&reading](const auto& result, auto& place) {
        if (result)
            place = *result;
        else
            reading.warnings.push_back(result.error().message);
    };
    reading.uptime = std::chrono::milliseconds(readClocks().elapsedMs);
    keep(bootTime(), reading.bootTime);
    if (counting == ProcessCounting::Count)
        keep(readAllProcesses().map(parse::countProcesses), reading.processes);
    reading.users = countLoggedIn();
    keep(sysctlNumber("vm.stats.sys.v_swtch"), reading.contextSwitches);
    keep(sysctlNumber("vm.stats.sys.v_intr"), reading.interrupts);
    keep(forks(), reading.forks);
    keep(sysctlNumber("kern.openfiles"), reading.openFiles);
    keep(sysctlNumber("kern.maxfiles"), reading.openFilesLimit);
    return reading;
}

} // namespace sextant::platform

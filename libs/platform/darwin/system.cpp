// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/system.h"

#include "platform/bsd/logins.h"
#include "platform/bsd/sysctl.h"
#include "platform/clocks.h"
#include "platform/darwin/host_port.h"
#include "platform/darwin/process_table.h"
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

/// All threads of the machine, which the kernel tells everybody.
Result<std::uint64_t> countThreads(host_t host)
{
    processor_set_name_t set = MACH_PORT_NULL;
    kern_return_t status = ::processor_set_default(host, &set);
    if (status != KERN_SUCCESS)
        return fail(ErrorCode::Io, machMessage("processor_set_default", status));
    processor_set_load_info load{};
    mach_msg_type_number_t count = PROCESSOR_SET_LOAD_INFO_COUNT;
    status =
        ::processor_set_statistics(set, PROCESSOR_SET_LOAD_INFO, reinterpret_cast<processor_set_info_t>(&load), &count);
    ::mach_port_deallocate(::mach_task_self(), set);
    if (status != KERN_SUCCESS)
        return fail(ErrorCode::Io, machMessage("processor_set_statistics", status));
    return static_cast<std::uint64_t>(load.thread_count);
}

/// A process whose use may not be read counts, but in no state: the kernel keeps that with its threads.
Result<ProcessCounts> countAll(host_t host)
{
    auto processes = readAllProcesses();
    if (!processes)
        return tl::unexpected(processes.error());
    for (Process& process : *processes) {
        if (process.state == ProcessState::Unknown)
            static_cast<void>(readUse(process)); // denied, or it ended: the state stays unknown
    }
    const auto threads = countThreads(host);
    if (!threads)
        return tl::unexpected(threads.error());
    ProcessCounts counts = parse::countProcesses(*processes);
    counts.threads = *threads;
    counts.blocked.reset(); // not told apart from sleeping, nor is idle
    counts.idle.reset();
    return counts;
}

} // namespace

struct SystemReader::State {
    HostPort host;
};

SystemReader::SystemReader(Roots) : m_state(std::make_unique<State>()) {}

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
        keep(countAll(m_state->host.port()), reading.processes);
    reading.users = countLoggedIn();
    keep(sysctlNumber("kern.num_files"), reading.openFiles);
    keep(sysctlNumber("kern.maxfiles"), reading.openFilesLimit);
    return reading;
}

} // namespace sextant::platform

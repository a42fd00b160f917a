// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/system.h"

#include "platform/linux/kernel_file.h"
#include "platform/linux/logins.h"
#include "platform/linux/process_counter.h"
#include "platform/parse/proc_scalars.h"
#include "platform/parse/proc_stat.h"

namespace sextant::platform {

struct SystemReader::State {
    explicit State(Roots roots_)
        : roots(std::move(roots_)),
          stat(roots.proc + "/stat"),
          uptime(roots.proc + "/uptime"),
          handles(roots.proc + "/sys/fs/file-nr"),
          processes(roots.proc)
    {
    }

    void readCounters(SystemReading& reading);

    const Roots roots;
    KernelFile stat;
    KernelFile uptime;
    KernelFile handles;
    ProcessCounter processes;
};

void SystemReader::State::readCounters(SystemReading& reading)
{
    const auto counters = stat.read().map(parse::parseProcStatCounters);
    if (!counters) {
        reading.warnings.push_back(counters.error().message);
        return;
    }
    reading.interrupts = counters->interrupts;
    reading.contextSwitches = counters->contextSwitches;
    reading.forks = counters->forks;
    if (counters->bootTime)
        reading.bootTime = std::chrono::system_clock::time_point(std::chrono::seconds(*counters->bootTime));
}

SystemReader::SystemReader(Roots roots) : m_state(std::make_unique<State>(std::move(roots))) {}

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
    m_state->readCounters(reading);
    keep(m_state->uptime.read().and_then(parse::parseUptime), reading.uptime);
    if (counting == ProcessCounting::Count)
        keep(m_state->processes.count(), reading.processes);
    keep(countLoggedIn(m_state->roots), reading.users);
    const auto handles = m_state->handles.read().and_then(parse::parseFileHandles);
    if (handles) {
        reading.openFiles = handles->open;
        reading.openFilesLimit = handles->limit;
    } else {
        reading.warnings.push_back(handles.error().message);
    }
    if (!reading.uptime && !reading.processes && !reading.contextSwitches && !reading.openFiles)
        return fail(ErrorCode::Io, reading.warnings.front());
    return reading;
}

} // namespace sextant::platform

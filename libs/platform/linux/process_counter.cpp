// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/linux/process_counter.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/pid_stat.h"

#include <array>
#include <cstring>

namespace sextant::platform {
namespace {

void add(ProcessCounts& counts, const parse::PidState& process)
{
    ++counts.processes;
    counts.threads += process.threads;
    switch (parse::processState(process.state)) {
    case ProcessState::Running:
        ++counts.running;
        break;
    case ProcessState::Sleeping:
        ++counts.sleeping;
        break;
    case ProcessState::Blocked:
        ++*counts.blocked;
        break;
    case ProcessState::Stopped:
        ++*counts.stopped;
        break;
    case ProcessState::Zombie:
        ++*counts.zombie;
        break;
    case ProcessState::Idle:
        ++*counts.idle;
        break;
    case ProcessState::Unknown:
        break;
    }
}

} // namespace

Result<ProcessCounts> ProcessCounter::count()
{
    if (const auto opened = m_processes.rewind(); !opened)
        return tl::unexpected(opened.error());
    ProcessCounts counts;
    counts.blocked = counts.stopped = counts.zombie = counts.idle = 0;
    std::array<char, 512> text; // field 20 is within the first 300 bytes, whatever the name
    std::array<char, 32> path;
    while (const char* pid = m_processes.next()) {
        const std::size_t length = std::strlen(pid);
        constexpr std::string_view kStat = "/stat";
        if (length + kStat.size() >= path.size())
            continue;
        std::memcpy(path.data(), pid, length);
        std::memcpy(path.data() + length, kStat.data(), kStat.size() + 1);
        const auto stat = readOnce(m_processes.descriptor(), path.data(), text);
        parse::PidState process;
        if (stat && parse::parsePidState(*stat, process)) // else it ended in the meantime
            add(counts, process);
    }
    if (counts.processes == 0)
        return fail(ErrorCode::NotFound, "no process can be seen");
    return counts;
}

} // namespace sextant::platform

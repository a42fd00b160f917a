// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/memory.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/meminfo.h"

namespace sextant::platform {

struct MemoryReader::State {
    explicit State(const Roots& roots)
        : memInfo(roots.proc + "/meminfo"),
          vmStat(roots.proc + "/vmstat"),
          overcommit(roots.proc + "/sys/vm/overcommit_memory")
    {
    }

    KernelFile memInfo;
    KernelFile vmStat;
    KernelFile overcommit;
};

MemoryReader::MemoryReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

MemoryReader::~MemoryReader() = default;

Result<MemoryReading> MemoryReader::read()
{
    auto reading = m_state->memInfo.read().and_then(parse::parseMemInfo);
    if (!reading)
        return reading;
    const auto vmStat = m_state->vmStat.read().map(parse::parseVmStat);
    if (vmStat) {
        reading->pageFaults = vmStat->pageFaults;
        reading->majorPageFaults = vmStat->majorPageFaults;
        reading->oomKills = vmStat->oomKills;
    } else {
        reading->warnings.push_back(vmStat.error().message);
    }
    const auto overcommit = m_state->overcommit.read();
    reading->refusesPastCommitLimit = overcommit && overcommit->starts_with('2'); // not known: nobody holds to it
    return reading;
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/cpu.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/proc_scalars.h"
#include "platform/parse/proc_stat.h"

#include <unistd.h>

#include <optional>

namespace sextant::platform {

struct CpuReader::State {
    explicit State(const Roots& roots) : stat(roots.proc + "/stat"), loadAverages(roots.proc + "/loadavg") {}

    KernelFile stat;
    KernelFile loadAverages;
    unsigned ticksPerSecond = static_cast<unsigned>(sysconf(_SC_CLK_TCK));
    std::optional<CpuReading> previous;
};

CpuReader::CpuReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

CpuReader::~CpuReader() = default;

Result<CpuReading> CpuReader::read()
{
    const auto cpus = m_state->stat.read().and_then(
        [this](std::string_view text) { return parse::parseProcStatCpus(text, m_state->ticksPerSecond); });
    if (!cpus)
        return tl::unexpected(cpus.error());
    CpuReading reading;
    reading.total = cpus->total;
    reading.cores = cpus->cores;
    return completed(
        std::move(reading), m_state->previous, m_state->loadAverages.read().and_then(parse::parseLoadAverages));
}

} // namespace sextant::platform

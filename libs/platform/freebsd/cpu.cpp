// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/cpu.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/bsd_cpu.h"

namespace sextant::platform {

struct CpuReader::State {
    std::optional<CpuReading> previous;
};

CpuReader::CpuReader(Roots) : m_state(std::make_unique<State>()) {}

CpuReader::~CpuReader() = default;

Result<CpuReading> CpuReader::read()
{
    const auto ticksPerSecond = sysctlBytes("kern.clockrate").and_then(parse::parseStatHz);
    if (!ticksPerSecond)
        return tl::unexpected(ticksPerSecond.error());
    auto cores = sysctlBytes("kern.cp_times").and_then([&](const std::vector<std::byte>& bytes) {
        return parse::parseCpTimes(bytes, *ticksPerSecond);
    });
    if (!cores)
        return tl::unexpected(cores.error());
    return completed(
        readingOf(std::move(*cores)), m_state->previous, sysctlBytes("vm.loadavg").and_then(parse::parseLoadAverage));
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/cpu.h"

#include "platform/bsd/sysctl.h"
#include "platform/darwin/host_port.h"
#include "platform/parse/bsd_cpu.h"

namespace sextant::platform {
namespace {

Result<std::vector<CoreTimes>> readCores(host_t host)
{
    natural_t count = 0;
    processor_info_array_t ticks = nullptr;
    mach_msg_type_number_t size = 0; // in units of 4 bytes
    const kern_return_t status = ::host_processor_info(host, PROCESSOR_CPU_LOAD_INFO, &count, &ticks, &size);
    if (status != KERN_SUCCESS)
        return fail(ErrorCode::Io, machMessage("host_processor_info", status));
    auto cores = parse::parseProcessorTicks(std::as_bytes(std::span(ticks, size)));
    ::vm_deallocate(::mach_task_self(), reinterpret_cast<vm_address_t>(ticks), size * sizeof(*ticks));
    return cores;
}

} // namespace

struct CpuReader::State {
    HostPort host;
    std::optional<CpuReading> previous;
};

CpuReader::CpuReader(Roots) : m_state(std::make_unique<State>()) {}

CpuReader::~CpuReader() = default;

Result<CpuReading> CpuReader::read()
{
    auto cores = readCores(m_state->host.port());
    if (!cores)
        return tl::unexpected(cores.error());
    return completed(
        readingOf(std::move(*cores)), m_state->previous, sysctlBytes("vm.loadavg").and_then(parse::parseLoadAverage));
}

} // namespace sextant::platform

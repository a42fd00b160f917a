// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/memory.h"

#include "platform/bsd/sysctl.h"
#include "platform/darwin/host_port.h"
#include "platform/parse/bsd_memory.h"

#include <array>

namespace sextant::platform {

struct MemoryReader::State {
    HostPort host;
};

MemoryReader::MemoryReader(Roots) : m_state(std::make_unique<State>()) {}

MemoryReader::~MemoryReader() = default;

Result<MemoryReading> MemoryReader::read()
{
    const auto total = sysctlNumber("hw.memsize");
    if (!total)
        return tl::unexpected(total.error());
    std::array<integer_t, HOST_VM_INFO64_COUNT> pages{};
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
    const kern_return_t status = ::host_statistics64(m_state->host.port(), HOST_VM_INFO64, pages.data(), &count);
    if (status != KERN_SUCCESS)
        return fail(ErrorCode::Io, machMessage("host_statistics64", status));
    auto reading =
        parse::parseVmStatistics(std::as_bytes(std::span(pages).first(count)), *total, ::vm_kernel_page_size);
    if (!reading)
        return reading;
    const auto swap = sysctlBytes("vm.swapusage").and_then([&reading](const std::vector<std::byte>& bytes) {
        return parse::parseSwapUsage(bytes, *reading);
    });
    if (!swap)
        reading->warnings.push_back(swap.error().message);
    return reading;
}

} // namespace sextant::platform

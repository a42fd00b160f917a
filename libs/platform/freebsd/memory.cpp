// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/memory.h"

#include "platform/bsd/sysctl.h"
#include "platform/parse/bsd_memory.h"

#include <sys/sysctl.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sextant::platform {
namespace {

/// Pages of swap in use on all devices: vm.swap_info.<N>, until there is no such device.
Result<std::uint64_t> usedSwapPages()
{
    std::array<int, 4> path{};
    std::size_t length = path.size() - 1;
    if (::sysctlnametomib("vm.swap_info", path.data(), &length) != 0)
        return tl::unexpected(errorFor(errno, "vm.swap_info"));
    std::uint64_t pages = 0;
    for (int& device = path[length];; ++device) {
        const auto used =
            sysctlBytes(std::span(path).first(length + 1), "vm.swap_info").and_then(parse::parseSwapDeviceUsed);
        if (!used && used.error().code == ErrorCode::NotFound)
            return pages;
        if (!used)
            return used;
        pages += *used;
    }
}

void readSwap(std::uint64_t pageSize, MemoryReading& reading)
{
    const auto total = sysctlNumber("vm.swap_total");
    const auto used = total ? usedSwapPages() : total;
    if (!used) {
        reading.warnings.push_back(used.error().message);
        return;
    }
    reading.swapTotal = *total;
    reading.swapFree = *total - std::min(*total, *used * pageSize);
}

/// What ZFS gives back on demand: its cache above the least that it keeps. 0 without ZFS.
std::uint64_t reclaimableArc(MemoryReading& reading)
{
    const auto size = sysctlNumber("kstat.zfs.misc.arcstats.size");
    const auto least = sysctlNumber("kstat.zfs.misc.arcstats.c_min");
    if (!size || !least)
        return 0;
    reading.cached = *size;
    return *size - std::min(*size, *least);
}

} // namespace

struct MemoryReader::State {};

MemoryReader::MemoryReader(Roots) {}

MemoryReader::~MemoryReader() = default;

Result<MemoryReading> MemoryReader::read()
{
    const auto total = sysctlNumber("hw.physmem");
    const auto pageSize = sysctlNumber("vm.stats.vm.v_page_size");
    const auto free = sysctlNumber("vm.stats.vm.v_free_count");
    const auto inactive = sysctlNumber("vm.stats.vm.v_inactive_count");
    for (const auto* needed : {&total, &pageSize, &free, &inactive}) {
        if (!*needed)
            return tl::unexpected(needed->error());
    }
    MemoryReading reading;
    reading.total = *total;
    reading.free = *free * *pageSize;
    reading.available = std::min(*total, (*free + *inactive) * *pageSize + reclaimableArc(reading));
    const auto keep = [&reading](const char* name, std::optional<std::uint64_t>& place) {
        const auto value = sysctlNumber(name);
        if (value)
            place = *value;
        else
            reading.warnings.push_back(value.error().message);
    };
    keep("vfs.bufspace", reading.buffers);
    keep("vm.stats.vm.v_vm_faults", reading.pageFaults);
    keep("vm.stats.vm.v_io_faults", reading.majorPageFaults);
    readSwap(*pageSize, reading);
    return reading;
}

} // namespace sextant::platform

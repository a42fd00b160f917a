// SPDX-License-Identifier: GPL-3.0-or-later
// The parsers of libs/platform/parse for what the kernels of FreeBSD and macOS write. The first byte selects the
// parser, the rest is its bytes. What a parser accepts must keep the promises of its header.
#include "fuzz/require.h"
#include "platform/parse/bsd_cpu.h"
#include "platform/parse/bsd_interfaces.h"
#include "platform/parse/bsd_memory.h"
#include "platform/parse/bsd_mounts.h"
#include "platform/parse/bsd_processes.h"
#include "platform/parse/freebsd_devstat.h"
#include "platform/parse/process_counts.h"

#include <cstdint>
#include <iterator>
#include <set>

namespace {

using sextant::fuzz::require;
using namespace sextant::platform;
using parse::RawBytes;

void fuzzCpus(RawBytes bytes)
{
    for (const auto& cores : {parse::parseCpTimes(bytes, 127), parse::parseProcessorTicks(bytes)}) {
        for (const CoreTimes& core : cores.value_or(std::vector<CoreTimes>()))
            require(core.times.user.count() >= 0 && core.times.system.count() >= 0 && core.times.idle.count() >= 0);
    }
    if (const auto hz = parse::parseStatHz(bytes))
        require(*hz > 0);
    static_cast<void>(parse::parseLoadAverage(bytes));
}

void fuzzMemory(RawBytes bytes)
{
    constexpr std::uint64_t kTotal = std::uint64_t{16} << 30;
    static_cast<void>(parse::parseSwapDeviceUsed(bytes));
    MemoryReading swap;
    if (parse::parseSwapUsage(bytes, swap))
        require(*swap.swapFree <= *swap.swapTotal);
    if (const auto memory = parse::parseVmStatistics(bytes, kTotal, 16'384))
        require(memory->available <= memory->total);
}

void fuzzMounts(RawBytes bytes)
{
    for (const parse::MountLayout* layout : {&parse::kFreeBsdMount, &parse::kDarwinMount}) {
        if (const auto mounts = parse::parseMounts(bytes, *layout)) {
            for (const FileSystem& mount : *mounts)
                require(mount.kind != FileSystemKind::Pseudo && mount.mountPoint.size() <= 1024);
        }
        if (const auto space = parse::parseSpace(bytes.first(std::min(bytes.size(), layout->size)), *layout)) {
            require(space->used <= space->total && space->available <= space->total);
            require(space->inodesUsed.value_or(0) <= space->inodes.value_or(0));
        }
    }
}

void fuzzInterfaces(RawBytes bytes)
{
    for (const parse::InterfaceLayout* layout : {&parse::kFreeBsdInterface, &parse::kDarwinInterface}) {
        auto interfaces = parse::parseInterfaces(bytes, *layout);
        if (!interfaces)
            continue;
        for (NetworkInterface& interface : *interfaces) {
            require(!interface.name.empty() && interface.name.size() <= 255);
            require(*interface.up || !interface.speedBytesPerSecond);
            parse::applyMediaStatus(1, interface);
            require(!*interface.up && !interface.speedBytesPerSecond);
        }
    }
    NetworkInterface interface;
    interface.name = "en0";
    if (!parse::applyInterfaceCounters(bytes, interface))
        require(interface.receiveBytes == 0 && interface.transmitBytes == 0);
}

void fuzzProcesses(RawBytes bytes)
{
    for (const auto& processes : {parse::parseFreeBsdProcesses(bytes, 4'096), parse::parseDarwinProcesses(bytes)}) {
        if (!processes)
            continue;
        require(processes->size() <= bytes.size() / 648 &&
                parse::countProcesses(*processes).processes == processes->size());
        for (const Process& process : *processes)
            require(process.cpuTime.count() >= 0 && process.name.size() <= 20);
    }
    Process process;
    if (parse::applyTaskInfo(bytes, {125, 3}, process))
        require(process.cpuTime.count() >= 0 && process.state != ProcessState::Unknown);
    require(parse::parseProcessArguments(bytes).size() <= bytes.size());
}

void fuzzDisks(RawBytes bytes)
{
    const auto devices = parse::parseDevstat(bytes, std::chrono::hours(24));
    if (!devices)
        return;
    require(devices->size() <= bytes.size() / 288);
    for (const BlockDevice& device : *devices)
        require(!device.name.empty() && device.busyTime->count() >= 0 && device.readTime->count() >= 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr void (*kParsers[])(RawBytes) = {
        fuzzCpus, fuzzMemory, fuzzMounts, fuzzInterfaces, fuzzProcesses, fuzzDisks};
    kParsers[data[0] % std::size(kParsers)](std::as_bytes(std::span(data, size)).subspan(1));
    return 0;
}

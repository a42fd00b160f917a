// SPDX-License-Identifier: GPL-3.0-or-later
// Every parser of libs/platform/parse for what Windows and its firmware write. The first byte selects the parser, the
// rest is its bytes. What a parser accepts must keep the promises of its header.
#include "fuzz/require.h"
#include "platform/parse/disk_health.h"
#include "platform/parse/process_counts.h"
#include "platform/parse/smbios.h"
#include "platform/parse/temperature.h"
#include "platform/parse/utf16.h"
#include "platform/parse/windows_cpu.h"
#include "platform/parse/windows_disks.h"
#include "platform/parse/windows_events.h"
#include "platform/parse/windows_gpu.h"
#include "platform/parse/windows_guests.h"
#include "platform/parse/windows_interfaces.h"
#include "platform/parse/windows_processes.h"
#include "platform/parse/windows_services.h"
#include "platform/parse/windows_storage.h"
#include "platform/parse/windows_system.h"
#include "platform/parse/windows_volumes.h"
#include "platform/parse/worker_message.h"

#include <cstdint>
#include <iterator>

namespace {

using sextant::fuzz::require;
using namespace sextant::platform;
using parse::RawBytes;

void fuzzProcessors(RawBytes bytes)
{
    const auto cores = parse::parseProcessorTimes(bytes, 7);
    if (!cores)
        return;
    require(cores->size() == parse::parseInterruptCounts(bytes).size());
    for (const CoreTimes& core : *cores)
        require(core.times.system.count() >= 0 && core.times.idle.count() >= 0 && core.times.user.count() >= 0);
}

void fuzzProcesses(RawBytes bytes)
{
    constexpr std::uint64_t kBase = 0x10000;
    const auto snapshot = parse::parseProcessSnapshot(bytes, kBase);
    if (!snapshot)
        return;
    const ProcessCounts counts = parse::countProcesses(snapshot->processes);
    require(counts.running + counts.sleeping <= counts.processes && snapshot->waitingForCpu <= counts.threads);
    for (const Process& process : snapshot->processes)
        require(process.pid != 0 && process.cpuTime.count() >= 0 && process.name.size() <= bytes.size() * 2);
}

void fuzzInterfaces(RawBytes bytes)
{
    if (const auto interfaces = parse::parseInterfaceTable(bytes)) {
        for (const NetworkInterface& interface : *interfaces)
            require(!interface.name.empty() && interface.up && (*interface.up || !interface.speedBytesPerSecond));
    }
}

void fuzzDisks(RawBytes bytes)
{
    DiskHealth disk;
    if (parse::parseNvmeHealth(bytes, disk) || parse::parseAtaHealth(bytes, {}, false, disk))
        require(disk.wearPercent.value_or(0) <= 255 && disk.celsius.value_or(1) < 150);
    static_cast<void>(parse::parseDiskLanguage(bytes));
    static_cast<void>(parse::motorRuns(bytes));
    if (const auto page = parse::parseProtocolData(bytes))
        require(page->size() == parse::kHealthBytes);
    parse::DiskHistory history;
    std::chrono::nanoseconds now{};
    std::chrono::milliseconds busy{};
    for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), 88))) {
        const auto performance = parse::parseDiskPerformance(bytes);
        if (!performance)
            return;
        const BlockDevice device = history.add(0, *performance, now += std::chrono::seconds(1));
        require(device.busyTime >= busy);
        busy = *device.busyTime;
    }
}

void fuzzSystem(RawBytes bytes)
{
    if (const auto boot = parse::parseBootMoment(bytes))
        require(boot->id.size() == 16 && boot->time.time_since_epoch().count() >= 0);
    static_cast<void>(parse::parsePerformanceCounters(bytes));
    static_cast<void>(parse::parseMemoryLists(bytes));
    const std::string_view message(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (const auto rows = parse::parseRows(message)) {
        require(parse::packRows(*rows) == message);
        static_cast<void>(parse::parseThermalZones(*rows));
        require(parse::parseEvents(*rows, "System").size() <= rows->size());
        require(parse::parseGuests(*rows).size() <= rows->size());
    }
}

void fuzzFirmware(RawBytes bytes)
{
    const Hardware hardware = parse::parseRawSmbios(bytes);
    require(hardware.system.product.size() <= bytes.size() && hardware.memory.size() <= bytes.size() / 4);
    require(hardware.uuid.empty() || hardware.uuid.size() == 36);
    require(parse::parseSmbiosStructures(bytes).processors.size() <= bytes.size() / 4);
    static_cast<void>(parse::virtualisationOf(parse::firmwareFactsOf(hardware)));
    if (const auto disk = parse::parseStorageDescriptor(bytes))
        require(disk->serial.size() <= bytes.size() && disk->model.size() <= bytes.size() * 2);
}

void fuzzTexts(RawBytes bytes)
{
    std::u16string units(bytes.size() / 2, u'\0');
    std::memcpy(units.data(), bytes.data(), units.size() * 2);
    std::size_t size = 0;
    const std::vector<std::string> texts = parse::splitTexts(units);
    for (const std::string& text : texts) {
        size += text.size();
        static_cast<void>(parse::shareOf(text));
        require(parse::programOfCommandLine(text).size() <= text.size());
        static_cast<void>(parse::diskOfInstance(text));
        static_cast<void>(parse::adapterOfInstance(text));
        static_cast<void>(parse::physicalDriveNumber(text));
    }
    require(size <= units.size() * 3);
    if (const auto mountPoint = parse::mountPointOf(texts))
        require(!mountPoint->empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr void (*kParsers[])(RawBytes) = {
        fuzzProcessors, fuzzProcesses, fuzzInterfaces, fuzzDisks, fuzzSystem, fuzzFirmware, fuzzTexts};
    kParsers[data[0] % std::size(kParsers)](std::as_bytes(std::span(data, size)).subspan(1));
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
// Every parser of libs/platform/parse on bytes from outside. The first byte selects the parser, the rest is its text.
// What a parser accepts must keep the promises of its header.
#include "fuzz/require.h"
#include "platform/parse/cpuinfo.h"
#include "platform/parse/diskstats.h"
#include "platform/parse/dpkg_status.h"
#include "platform/parse/fields.h"
#include "platform/parse/key_values.h"
#include "platform/parse/launchd_jobs.h"
#include "platform/parse/mac_packages.h"
#include "platform/parse/meminfo.h"
#include "platform/parse/mount_classes.h"
#include "platform/parse/net_dev.h"
#include "platform/parse/package_table.h"
#include "platform/parse/pid_stat.h"
#include "platform/parse/pressure_file.h"
#include "platform/parse/proc_scalars.h"
#include "platform/parse/proc_stat.h"
#include "platform/parse/rc_services.h"
#include "platform/parse/systemd_units.h"
#include "platform/parse/updates.h"
#include "platform/parse/utmp_file.h"

#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>

namespace {

using sextant::fuzz::require;
using namespace sextant::platform;
using namespace sextant::platform::parse;

void fuzzCpus(std::string_view text)
{
    const auto cpus = parseProcStatCpus(text, 100);
    if (!cpus)
        return;
    CpuReading reading{cpus->total, cpus->cores, {}, {}};
    const CpuReading again = withoutFalls(reading, reading);
    require(again.logicalCount() == reading.logicalCount());
    CpuReading before;
    before.cores = reading.cores;
    for (CoreTimes& core : before.cores)
        core.times = CpuTimes{};
    if (const auto shares = cpuUsage(before, reading))
        require(shares->usage >= 0 && shares->usage <= 100);
}

void fuzzMemory(std::string_view text)
{
    if (const auto memory = parseMemInfo(text)) {
        require(memory->available <= memory->total && memory->free <= memory->total);
        require(memory->usedPercent() >= 0 && memory->usedPercent() <= 100);
        require(!memory->swapUsed() || *memory->swapUsed() <= *memory->swapTotal);
    }
}

void fuzzMounts(std::string_view text)
{
    const std::size_t cut = text.find('\0');
    const FileSystemTypes types = parseFileSystemTypes(text.substr(0, cut));
    const auto table = parseMountInfo(cut == std::string_view::npos ? text : text.substr(cut + 1));
    if (!table)
        return;
    std::set<std::string> points;
    for (const ClassifiedMount& mount : distinctMounts(table->mounts, types)) {
        require(mount.kind != FileSystemKind::Pseudo);
        require(points.insert(mount.mount->mountPoint).second);
    }
}

void fuzzProcess(std::string_view text)
{
    PidState state;
    const bool counted = parsePidState(text, state);
    if (const auto stat = parsePidStat(text)) {
        require(counted && state.state == stat->state && state.threads == stat->threads);
        require(stat->name.size() <= text.size());
    }
    static_cast<void>(parsePidUid(text));
    require(joinCommandLine(text).find('\0') == std::string::npos);
}

void fuzzDevices(std::string_view text)
{
    if (const auto stats = parseDiskStats(text)) {
        for (const DiskStatsLine& line : stats->lines)
            require(!line.device.kernelName.empty() && line.device.readBytes % 512 == 0);
    }
    if (const auto devices = parseNetDev(text)) {
        for (const NetworkInterface& interface : devices->interfaces)
            require(!interface.name.empty());
    }
}

void fuzzSmallFiles(std::string_view text)
{
    if (const auto load = parseLoadAverages(text))
        require(load->load1 >= 0 && load->load5 >= 0 && load->load15 >= 0);
    if (const auto uptime = parseUptime(text))
        require(uptime->count() >= 0);
    if (const auto pressure = parsePressure(text))
        require(pressure->some || pressure->full);
    static_cast<void>(parseFileHandles(text));
    static_cast<void>(parseProcStatCounters(text));
    static_cast<void>(parseVmStat(text));
    static_cast<void>(keyValue(text, "ID"));
    require(countLogins(text, 384) <= text.size() / 384);
}

void fuzzInventory(std::string_view text)
{
    for (const auto& packages : {parseDpkgStatus(text), parsePackageTable(text, "rpm")}) {
        for (const Package& package : packages)
            require(!package.name.empty() && !package.version.empty() && package.name.size() < text.size());
    }
    const std::string whole(text);
    for (const auto& updates :
        {parseAptSimulation(text), parseDnfUpgrades(text, &whole), parsePkgVersions(text, &whole)}) {
        for (const PendingUpdate& update : updates)
            require(update.security.has_value() && update.name.size() + update.version.size() <= text.size());
    }
    static_cast<void>(parseNeedsRestarting(text));
    for (const std::string& repository : parseDnfWithoutCache(text))
        require(!repository.empty());
    const std::vector<Service> units = parseUnits(text);
    for (const Service& service : parseUnitFiles(text, units))
        require(service.name.ends_with(".service") && !service.startWord.empty());
    if (const auto span = parseTimeSpan(text))
        require(span->count() >= 0 && *span <= std::chrono::hours(24 * 365));
    for (const std::string& script : parseEnabledScripts(text))
        require(script.starts_with('/') && !script.ends_with('/'));
    if (const auto status = parseRcStatus({0, whole, {}}))
        require(!status->pid || status->state == ServiceState::Running);
    if (auto jobs = parseLaunchdJobs(text)) {
        applyDisabledJobs(text, *jobs);
        require(jobs->size() <= kMaxLaunchdJobs);
        for (const Service& service : *jobs)
            require(!service.name.empty() && service.pid.has_value() == (service.state == ServiceState::Running));
    }
    for (const Package& package : parseReceipts(text))
        require(!package.name.empty() && !package.version.empty());
    require(plistText(text, "CFBundleVersion").size() <= text.size());
    if (const auto updates = parseSoftwareUpdates(text)) {
        for (const PendingUpdate& update : *updates)
            require(update.security != false && update.name.size() + update.version.size() <= text.size());
    }
    for (const Processor& processor : parseCpuInfo(text))
        require(processor.threads && *processor.threads > 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr void (*kParsers[])(std::string_view) = {
        fuzzCpus, fuzzMemory, fuzzMounts, fuzzProcess, fuzzDevices, fuzzSmallFiles, fuzzInventory};
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    kParsers[data[0] % std::size(kParsers)](text);
    return 0;
}

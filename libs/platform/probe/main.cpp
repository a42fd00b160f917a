// SPDX-License-Identifier: GPL-3.0-or-later
// platform-probe: reads every subject of libs/platform once and prints what came of it, a line of JSON each. For a
// first look at a system that Sextant was never run on, and for proving that its readers link there. Exits 1 when a
// subject failed for another reason than that the system does not have it.
#include "platform/battery.h"
#include "platform/clocks.h"
#include "platform/containers.h"
#include "platform/cpu.h"
#include "platform/disk_health.h"
#include "platform/diskio.h"
#include "platform/disks.h"
#include "platform/gpu.h"
#include "platform/hardware.h"
#include "platform/host.h"
#include "platform/memory.h"
#include "platform/network.h"
#include "platform/packages.h"
#include "platform/pressure.h"
#include "platform/probe/json_object.h"
#include "platform/processes.h"
#include "platform/self.h"
#include "platform/services.h"
#include "platform/system.h"
#include "platform/temperature.h"
#include "platform/updates.h"
#include "platform/wifi.h"
#include "platform/worker.h"

#include <algorithm>
#include <iostream>

namespace sextant::platform {
namespace {

double seconds(std::chrono::nanoseconds time)
{
    return std::chrono::duration<double>(time).count();
}

template <typename Time>
std::optional<double> seconds(const std::optional<Time>& time)
{
    return time ? std::optional(seconds(std::chrono::nanoseconds(*time))) : std::nullopt;
}

std::int64_t unixSeconds(std::chrono::system_clock::time_point time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

template <typename Time>
std::optional<std::int64_t> unixSeconds(const std::optional<Time>& time)
{
    return time ? std::optional(unixSeconds(*time)) : std::nullopt;
}

JsonObject toJson(const CpuTimes& times)
{
    JsonObject json;
    json.add("user", seconds(times.user));
    json.add("nice", seconds(times.nice));
    json.add("system", seconds(times.system));
    json.add("irq", seconds(times.irq));
    json.add("idle", seconds(times.idle));
    json.add("iowait", seconds(times.iowait));
    return json;
}

JsonObject toJson(const CpuReading& reading)
{
    JsonObject json = toJson(reading.total);
    if (reading.load) {
        json.add("load1", reading.load->load1);
        json.add("load5", reading.load->load5);
        json.add("load15", reading.load->load15);
    }
    std::vector<JsonObject> cores;
    for (const CoreTimes& core : reading.cores) {
        cores.push_back(toJson(core.times));
        cores.back().add("core", core.core);
    }
    json.addList("cores", cores);
    return json;
}

JsonObject toJson(const MemoryReading& reading)
{
    JsonObject json;
    json.add("total", reading.total);
    json.add("free", reading.free);
    json.add("available", reading.available);
    json.add("cached", reading.cached);
    json.add("buffers", reading.buffers);
    json.add("committed", reading.committed);
    json.add("commit_limit", reading.commitLimit);
    json.add("swap_total", reading.swapTotal);
    json.add("swap_free", reading.swapFree);
    json.add("page_faults", reading.pageFaults);
    json.add("major_page_faults", reading.majorPageFaults);
    return json;
}

JsonObject toJson(const DisksReading& reading)
{
    std::vector<JsonObject> list;
    for (const FileSystem& fileSystem : reading.fileSystems) {
        JsonObject& json = list.emplace_back();
        json.add("mount_point", fileSystem.mountPoint);
        json.add("device", fileSystem.device);
        json.add("type", fileSystem.type);
        json.add("remote", fileSystem.remote());
        json.add("read_only", fileSystem.readOnly);
        json.add("responding", fileSystem.responding);
        if (!fileSystem.space)
            continue;
        json.add("total", fileSystem.space->total);
        json.add("used", fileSystem.space->used);
        json.add("available", fileSystem.space->available);
        json.add("inodes", fileSystem.space->inodes);
        json.add("inodes_used", fileSystem.space->inodesUsed);
    }
    JsonObject json;
    json.addList("file_systems", list);
    return json;
}

JsonObject toJson(const DiskIoReading& reading)
{
    std::vector<JsonObject> list;
    for (const BlockDevice& device : reading.devices) {
        JsonObject& json = list.emplace_back();
        json.add("name", device.name);
        json.add("read_bytes", device.readBytes);
        json.add("write_bytes", device.writeBytes);
        json.add("reads", device.reads);
        json.add("writes", device.writes);
        json.add("busy", seconds(device.busyTime));
        json.add("in_flight", device.inFlight);
    }
    JsonObject json;
    json.addList("devices", list);
    return json;
}

JsonObject toJson(const NetworkReading& reading)
{
    std::vector<JsonObject> list;
    for (const NetworkInterface& interface : reading.interfaces) {
        JsonObject& json = list.emplace_back();
        json.add("name", interface.name);
        json.add("receive_bytes", interface.receiveBytes);
        json.add("receive_packets", interface.receivePackets);
        json.add("receive_errors", interface.receiveErrors);
        json.add("receive_drops", interface.receiveDrops);
        json.add("transmit_bytes", interface.transmitBytes);
        json.add("transmit_packets", interface.transmitPackets);
        json.add("transmit_errors", interface.transmitErrors);
        json.add("transmit_drops", interface.transmitDrops);
        json.add("speed", interface.speedBytesPerSecond);
        json.add("up", interface.up);
        json.add("loopback", interface.loopback);
        json.add("virtual", interface.isVirtual);
        json.add("mtu", interface.mtuBytes);
    }
    JsonObject json;
    json.addList("interfaces", list);
    return json;
}

JsonObject toJson(const PressureReading& reading)
{
    std::vector<JsonObject> list;
    for (const Pressure& pressure : reading.resources) {
        JsonObject& json = list.emplace_back();
        json.add("resource", pressure.resource);
        if (pressure.some)
            json.add("some_avg10", pressure.some->avg10);
        if (pressure.full)
            json.add("full_avg10", pressure.full->avg10);
    }
    JsonObject json;
    json.addList("resources", list);
    return json;
}

JsonObject toJson(const ProcessesReading& reading)
{
    std::vector<JsonObject> list;
    for (const Process& process : reading.processes) {
        JsonObject& json = list.emplace_back();
        json.add("pid", process.pid);
        json.add("parent", process.parent);
        json.add("name", process.name);
        json.add("uid", process.uid);
        json.add("account", process.account);
        json.add("threads", process.threads);
        json.add("resident_bytes", process.residentBytes);
        json.add("cpu", seconds(process.cpuTime));
        json.add("started", unixSeconds(process.started));
        json.add("command_line_bytes", process.commandLine.size()); // what stands in it may be secret
    }
    JsonObject json;
    json.addList("processes", list);
    return json;
}

JsonObject toJson(const SystemReading& reading)
{
    JsonObject json;
    json.add("uptime", seconds(reading.uptime));
    json.add("boot_time", unixSeconds(reading.bootTime));
    json.add("users", reading.users);
    json.add("context_switches", reading.contextSwitches);
    json.add("interrupts", reading.interrupts);
    json.add("forks", reading.forks);
    json.add("open_files", reading.openFiles);
    json.add("open_files_limit", reading.openFilesLimit);
    if (reading.processes) {
        json.add("processes", reading.processes->processes);
        json.add("running", reading.processes->running);
        json.add("threads", reading.processes->threads);
    }
    return json;
}

JsonObject toJson(const TemperatureReading& reading)
{
    std::vector<JsonObject> list;
    for (const TemperatureSensor& sensor : reading.sensors) {
        JsonObject& json = list.emplace_back();
        json.add("chip", sensor.chip);
        json.add("device", sensor.device);
        json.add("sensor", sensor.sensor);
        json.add("celsius", sensor.celsius);
        json.add("high", sensor.high);
        json.add("critical", sensor.critical);
    }
    JsonObject json;
    json.addList("sensors", list);
    return json;
}

JsonObject toJson(const BatteryReading& reading)
{
    std::vector<JsonObject> list;
    for (const Battery& battery : reading.batteries) {
        JsonObject& json = list.emplace_back();
        json.add("name", battery.name);
        json.add("charge_percent", battery.chargePercent);
        json.add("health_percent", battery.healthPercent);
        json.add("charging", battery.charging);
        json.add("discharging", battery.discharging);
        json.add("watts", battery.watts);
        json.add("remaining", seconds(battery.remaining));
        json.add("cycles", battery.cycles);
    }
    JsonObject json;
    json.add("outside_power", reading.outsidePower);
    json.addList("batteries", list);
    return json;
}

JsonObject toJson(const GpuReading& reading)
{
    std::vector<JsonObject> list;
    for (const Gpu& gpu : reading.gpus) {
        JsonObject& json = list.emplace_back();
        json.add("id", gpu.id);
        json.add("name", gpu.name);
        json.add("usage_percent", gpu.usagePercent);
        json.add("memory_busy_percent", gpu.memoryBusyPercent);
        json.add("memory_total", gpu.memoryTotal);
        json.add("memory_used", gpu.memoryUsed);
        json.add("celsius", gpu.celsius);
        json.add("watts", gpu.watts);
        json.add("watts_limit", gpu.wattsLimit);
        json.add("fan_percent", gpu.fanPercent);
        json.add("clock_hertz", gpu.clockHertz);
        json.add("memory_hertz", gpu.memoryHertz);
    }
    JsonObject json;
    json.addList("gpus", list);
    return json;
}

JsonObject toJson(const ContainersReading& reading)
{
    std::vector<JsonObject> list;
    for (const Container& container : reading.containers) {
        JsonObject& json = list.emplace_back();
        json.add("name", container.name);
        json.add("runtime", container.runtime);
        json.add("cpu", seconds(container.cpuTime));
        json.add("cpu_limit", container.cpuLimit);
        json.add("throttled", seconds(container.throttled));
        json.add("memory_used", container.memoryUsed);
        json.add("memory_limit", container.memoryLimit);
        json.add("read_bytes", container.readBytes);
        json.add("write_bytes", container.writeBytes);
        json.add("receive_bytes", container.receiveBytes);
        json.add("transmit_bytes", container.transmitBytes);
        json.add("pids", container.pids);
        json.add("healthy", container.healthy);
    }
    JsonObject json;
    json.addList("containers", list);
    return json;
}

JsonObject toJson(const DiskHealthReading& reading)
{
    std::vector<JsonObject> list;
    for (const DiskHealth& disk : reading.disks) {
        JsonObject& json = list.emplace_back();
        json.add("device", disk.device);
        json.add("model", disk.model);
        json.add("healthy", disk.healthy);
        json.add("asleep", disk.asleep);
        json.add("celsius", disk.celsius);
        json.add("wear_percent", disk.wearPercent);
        json.add("spare_percent", disk.sparePercent);
        json.add("power_on", seconds(disk.powerOn));
        json.add("media_errors", disk.mediaErrors);
        json.add("reallocated_sectors", disk.reallocatedSectors);
        json.add("pending_sectors", disk.pendingSectors);
    }
    JsonObject json;
    json.addList("disks", list);
    return json;
}

JsonObject toJson(const WifiReading& reading)
{
    std::vector<JsonObject> list;
    for (const WifiLink& link : reading.links) {
        JsonObject& json = list.emplace_back();
        json.add("interface", link.interfaceName);
        json.add("ssid_bytes", link.ssid.size()); // what is printed may be shown to others
        json.add("signal_dbm", link.signalDbm);
        json.add("noise_dbm", link.noiseDbm);
        json.add("quality_percent", link.qualityPercent);
        json.add("frequency_hertz", link.frequencyHertz);
        json.add("receive_bytes_per_second", link.receiveBytesPerSecond);
        json.add("transmit_bytes_per_second", link.transmitBytesPerSecond);
        json.add("transmit_retries", link.transmitRetries);
        json.add("transmit_failures", link.transmitFailures);
        json.add("beacon_losses", link.beaconLosses);
        json.add("connected", seconds(link.connected));
    }
    JsonObject json;
    json.addList("links", list);
    return json;
}

JsonObject toJson(const SelfReading& reading)
{
    JsonObject json;
    json.add("cpu", seconds(reading.cpuTime));
    json.add("resident_bytes", reading.residentBytes);
    json.add("open_files", reading.openFiles);
    json.add("threads", reading.threads);
    json.add("started", unixSeconds(reading.started));
    return json;
}

JsonObject toJson(const HardwareLabel& label)
{
    JsonObject json;
    json.add("manufacturer", label.manufacturer);
    json.add("product", label.product);
    json.add("version", label.version);
    json.add("serial_bytes", label.serial.size()); // what is printed may be shown to others
    return json;
}

JsonObject toJson(const Hardware& hardware)
{
    std::vector<JsonObject> processors;
    for (const Processor& processor : hardware.processors) {
        JsonObject& json = processors.emplace_back();
        json.add("socket", processor.socket);
        json.add("model", processor.model);
        json.add("cores", processor.cores);
        json.add("threads", processor.threads);
    }
    std::vector<JsonObject> modules;
    for (const MemoryDevice& device : hardware.memory) {
        JsonObject& json = modules.emplace_back();
        json.add("locator", device.locator);
        json.add("bytes", device.bytes);
        json.add("type", device.type);
        json.add("megatransfers", device.megatransfers);
    }
    std::vector<JsonObject> disks;
    for (const Disk& disk : hardware.disks) {
        JsonObject& json = disks.emplace_back();
        json.add("name", disk.name);
        json.add("model", disk.model);
        json.add("bytes", disk.bytes);
        json.add("rotational", disk.rotational);
    }
    std::vector<JsonObject> cards;
    for (const NetworkCard& card : hardware.networkCards) {
        JsonObject& json = cards.emplace_back();
        json.add("name", card.name);
        json.add("model", card.model);
        json.add("driver", card.driver);
    }
    JsonObject json;
    json.add("system", toJson(hardware.system));
    json.add("board", toJson(hardware.board));
    json.add("chassis", toJson(hardware.chassis));
    json.add("chassis_type", hardware.chassisType);
    json.add("firmware", hardware.firmware.vendor + ' ' + hardware.firmware.version);
    json.addList("processors", processors);
    json.addList("memory", modules);
    json.addList("disks", disks);
    json.addList("network_cards", cards);
    return json;
}

JsonObject toJson(const PackagesReading& reading)
{
    std::vector<JsonObject> list;
    for (const Package& package : reading.packages) {
        JsonObject& json = list.emplace_back();
        json.add("name", package.name);
        json.add("version", package.version);
        json.add("architecture", package.architecture);
        json.add("publisher", package.publisher);
        json.add("manager", package.manager);
        json.add("account", package.account);
        json.add("installed", unixSeconds(package.installed));
        json.add("bytes", package.bytes);
    }
    JsonObject json;
    json.addList("packages", list);
    return json;
}

JsonObject toJson(const ServicesReading& reading)
{
    std::vector<JsonObject> list;
    for (const Service& service : reading.services) {
        JsonObject& json = list.emplace_back();
        json.add("name", service.name);
        json.add("display_name", service.displayName);
        json.add("state", service.stateWords);
        json.add("start", service.startWord);
        json.add("triggered", service.triggered);
        json.add("pid", service.pid);
        json.add("restarts", service.restarts);
        json.add("exit_code", service.exitCode);
        json.add("account", service.account);
        json.add("program", service.program);
    }
    JsonObject json;
    json.add("manager", reading.manager);
    json.addList("services", list);
    return json;
}

JsonObject toJson(const UpdatesReading& reading)
{
    JsonObject json;
    json.add("manager", reading.manager);
    json.add("reboot_required", reading.rebootRequired);
    json.add("lists_changed", unixSeconds(reading.listsChanged));
    if (!reading.pending)
        return json;
    std::vector<JsonObject> list;
    for (const PendingUpdate& update : *reading.pending) {
        JsonObject& one = list.emplace_back();
        one.add("name", update.name);
        one.add("installed_version", update.installedVersion);
        one.add("version", update.version);
        one.add("origin", update.origin);
        one.add("security", update.security);
    }
    json.addList("pending", list);
    return json;
}

JsonObject toJson(const HostFacts& facts)
{
    JsonObject json;
    json.add("hostname", facts.hostname);
    json.add("os_family", facts.osFamily);
    json.add("os_name", facts.osName);
    json.add("os_version", facts.osVersion);
    json.add("kernel", facts.kernel);
    json.add("architecture", facts.architecture);
    json.add("machine_id", facts.machineId);
    json.add("boot_id", facts.bootId);
    json.add("virtualisation", facts.virtualisation);
    json.add("container", facts.container);
    return json;
}

/// Prints what a reader gave under the subject's name; false when it failed.
template <typename Reading>
bool print(std::string_view subject, const Result<Reading>& reading)
{
    JsonObject json;
    json.add("subject", subject);
    if (!reading) {
        json.add("error", codeName(reading.error().code));
        json.add("message", reading.error().message);
    } else {
        json.add("reading", toJson(*reading));
        if constexpr (requires { reading->warnings; }) {
            std::string warnings;
            for (const std::string& warning : reading->warnings)
                warnings += (warnings.empty() ? "" : "; ") + warning;
            if (!warnings.empty())
                json.add("warnings", warnings);
        }
    }
    std::cout << json.text() << '\n';
    return reading || reading.error().code == ErrorCode::NotAvailable;
}

bool probe()
{
    Roots roots = Roots::fromEnvironment();
    roots.worker = ownProgram();
    const bool results[] = {print("host", readHostFacts(roots)), print("cpu", CpuReader(roots).read()),
        print("memory", MemoryReader(roots).read()), print("disk", DisksReader(roots).read()),
        print("diskio", DiskIoReader(roots).read()), print("network", NetworkReader(roots).read()),
        print("pressure", PressureReader(roots).read()), print("system", SystemReader(roots).read()),
        print("processes", ProcessesReader(roots).read()), print("self", SelfReader().read()),
        print("temperature", TemperatureReader(roots).read()), print("battery", readBatteries(roots)),
        print("hardware", readHardware(roots)), print("packages", readPackages(roots)),
        print("services", ServicesReader(roots).read()), print("updates", UpdatesReader(roots).read()),
        print("gpu", GpuReader(roots).read()), print("disk_health", readDiskHealth(roots)),
        print("wifi", WifiReader(roots).read()), print("containers", ContainersReader(roots).read())};
    return std::ranges::all_of(results, [](bool passed) { return passed; });
}

} // namespace
} // namespace sextant::platform

int main(int argc, char** argv)
{
    if (argc == 2 && std::string_view(argv[1]) == "worker")
        return sextant::platform::serveQuestions(sextant::platform::workerVerbs());
    return sextant::platform::probe() ? 0 : 1;
}

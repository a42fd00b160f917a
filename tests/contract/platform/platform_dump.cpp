// SPDX-License-Identifier: GPL-3.0-or-later
// Prints what every reader of libs/platform gives for this machine as one JSON object, so that oracle_test.py can hold
// it against the system's own tools. Honours HOST_PROC, HOST_SYS and HOST_ROOT; exit code 1 when a reader fails.

#include "platform/cpu.h"
#include "platform/diskio.h"
#include "platform/disks.h"
#include "platform/host.h"
#include "platform/memory.h"
#include "platform/network.h"
#include "platform/pressure.h"
#include "platform/processes.h"
#include "platform/self.h"
#include "platform/system.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstdio>

namespace {

using namespace sextant::platform;

QJsonValue json(std::uint64_t value)
{
    return double(value);
}
QJsonValue json(const std::string& value)
{
    return QString::fromStdString(value);
}
QJsonValue json(double value)
{
    return value;
}
QJsonValue json(bool value)
{
    return value;
}
QJsonValue json(const CpuTimes& value);
QJsonValue json(const CoreTimes& value);
QJsonValue json(const LoadAverages& value);
QJsonValue json(const FileSystemSpace& value);
QJsonValue json(const FileSystem& value);
QJsonValue json(const BlockDevice& value);
QJsonValue json(const NetworkInterface& value);
QJsonValue json(const Stall& value);
QJsonValue json(const Pressure& value);
QJsonValue json(const ProcessCounts& value);
QJsonValue json(const Process& value);
template <typename Rep, typename Period>
QJsonValue json(std::chrono::duration<Rep, Period> value)
{
    return std::chrono::duration<double>(value).count();
}
QJsonValue json(std::chrono::system_clock::time_point value)
{
    return json(value.time_since_epoch());
}
template <typename T>
QJsonValue json(const std::optional<T>& value)
{
    return value ? json(*value) : QJsonValue();
}
template <typename T>
QJsonArray list(const std::vector<T>& values)
{
    QJsonArray array;
    for (const T& value : values)
        array.append(json(value));
    return array;
}

QJsonValue json(const CpuTimes& times)
{
    return QJsonObject{{u"user"_qs, json(times.user)}, {u"nice"_qs, json(times.nice)},
        {u"system"_qs, json(times.system)}, {u"idle"_qs, json(times.idle)}, {u"iowait"_qs, json(times.iowait)},
        {u"irq"_qs, json(times.irq)}, {u"softirq"_qs, json(times.softirq)}, {u"steal"_qs, json(times.steal)},
        {u"guest"_qs, json(times.guest)}, {u"guest_nice"_qs, json(times.guestNice)}};
}
QJsonValue json(const CoreTimes& core)
{
    return QJsonObject{{u"core"_qs, int(core.core)}, {u"times"_qs, json(core.times)}};
}
QJsonValue json(const LoadAverages& load)
{
    return QJsonArray{load.load1, load.load5, load.load15};
}
QJsonObject object(const CpuReading& cpu)
{
    return {{u"total"_qs, json(cpu.total)}, {u"cores"_qs, list(cpu.cores)}, {u"load"_qs, json(cpu.load)}};
}
QJsonObject object(const MemoryReading& memory)
{
    return {{u"total"_qs, json(memory.total)}, {u"free"_qs, json(memory.free)},
        {u"available"_qs, json(memory.available)}, {u"used"_qs, json(memory.used())},
        {u"cached"_qs, json(memory.cached)}, {u"buffers"_qs, json(memory.buffers)}, {u"shared"_qs, json(memory.shared)},
        {u"slab_reclaimable"_qs, json(memory.slabReclaimable)}, {u"swap_total"_qs, json(memory.swapTotal)},
        {u"swap_free"_qs, json(memory.swapFree)}, {u"page_faults"_qs, json(memory.pageFaults)},
        {u"major_page_faults"_qs, json(memory.majorPageFaults)}, {u"oom_kills"_qs, json(memory.oomKills)}};
}
QJsonValue json(const FileSystemSpace& space)
{
    return QJsonObject{{u"total"_qs, json(space.total)}, {u"used"_qs, json(space.used)},
        {u"available"_qs, json(space.available)}, {u"inodes"_qs, json(space.inodes)},
        {u"inodes_used"_qs, json(space.inodesUsed)}, {u"used_percent"_qs, json(space.usedPercent())}};
}
QJsonValue json(const FileSystem& system)
{
    return QJsonObject{{u"mount"_qs, json(system.mountPoint)}, {u"device"_qs, json(system.device)},
        {u"type"_qs, json(system.type)}, {u"kind"_qs, int(system.kind)}, {u"read_only"_qs, system.readOnly},
        {u"remote"_qs, system.remote()}, {u"responding"_qs, system.responding}, {u"space"_qs, json(system.space)}};
}
QJsonObject object(const DisksReading& disks)
{
    return {{u"file_systems"_qs, list(disks.fileSystems)}};
}
QJsonValue json(const BlockDevice& device)
{
    return QJsonObject{{u"name"_qs, json(device.name)}, {u"kernel_name"_qs, json(device.kernelName)},
        {u"kind"_qs, int(device.kind)}, {u"read_bytes"_qs, json(device.readBytes)},
        {u"write_bytes"_qs, json(device.writeBytes)}, {u"reads"_qs, json(device.reads)},
        {u"writes"_qs, json(device.writes)}, {u"read_time"_qs, json(device.readTime)},
        {u"write_time"_qs, json(device.writeTime)}, {u"busy_time"_qs, json(device.busyTime)}};
}
QJsonObject object(const DiskIoReading& diskIo)
{
    return {{u"devices"_qs, list(diskIo.devices)}};
}
QJsonValue json(const NetworkInterface& interface)
{
    return QJsonObject{{u"name"_qs, json(interface.name)}, {u"receive_bytes"_qs, json(interface.receiveBytes)},
        {u"receive_packets"_qs, json(interface.receivePackets)}, {u"receive_errors"_qs, json(interface.receiveErrors)},
        {u"receive_drops"_qs, json(interface.receiveDrops)}, {u"transmit_bytes"_qs, json(interface.transmitBytes)},
        {u"transmit_packets"_qs, json(interface.transmitPackets)},
        {u"transmit_errors"_qs, json(interface.transmitErrors)}, {u"transmit_drops"_qs, json(interface.transmitDrops)},
        {u"speed"_qs, json(interface.speedBytesPerSecond)}, {u"up"_qs, json(interface.up)},
        {u"loopback"_qs, json(interface.loopback)}, {u"virtual"_qs, json(interface.isVirtual)},
        {u"mtu"_qs, json(interface.mtuBytes)}};
}
QJsonObject object(const NetworkReading& network)
{
    return {{u"interfaces"_qs, list(network.interfaces)}};
}
QJsonValue json(const Stall& stall)
{
    return QJsonObject{{u"avg10"_qs, stall.avg10}, {u"avg60"_qs, stall.avg60}, {u"avg300"_qs, stall.avg300},
        {u"total"_qs, json(stall.total)}};
}
QJsonValue json(const Pressure& pressure)
{
    return QJsonObject{{u"resource"_qs, json(pressure.resource)}, {u"some"_qs, json(pressure.some)},
        {u"full"_qs, json(pressure.full)}};
}
QJsonObject object(const PressureReading& pressure)
{
    return {{u"resources"_qs, list(pressure.resources)}};
}
QJsonValue json(const ProcessCounts& counts)
{
    return QJsonObject{{u"processes"_qs, json(counts.processes)}, {u"running"_qs, json(counts.running)},
        {u"sleeping"_qs, json(counts.sleeping)}, {u"blocked"_qs, json(counts.blocked)},
        {u"stopped"_qs, json(counts.stopped)}, {u"zombie"_qs, json(counts.zombie)}, {u"idle"_qs, json(counts.idle)},
        {u"threads"_qs, json(counts.threads)}};
}
QJsonObject object(const SystemReading& system)
{
    return {{u"uptime"_qs, json(system.uptime)}, {u"boot_time"_qs, json(system.bootTime)},
        {u"processes"_qs, json(system.processes)}, {u"users"_qs, json(system.users)},
        {u"context_switches"_qs, json(system.contextSwitches)}, {u"interrupts"_qs, json(system.interrupts)},
        {u"forks"_qs, json(system.forks)}, {u"open_files"_qs, json(system.openFiles)},
        {u"open_files_limit"_qs, json(system.openFilesLimit)}};
}
QJsonValue json(const Process& process)
{
    return QJsonObject{{u"pid"_qs, double(process.pid)}, {u"parent"_qs, double(process.parent)},
        {u"name"_qs, json(process.name)}, {u"uid"_qs, process.uid ? QJsonValue(double(*process.uid)) : QJsonValue()},
        {u"threads"_qs, json(process.threads)}, {u"resident"_qs, json(process.residentBytes)},
        {u"cpu_time"_qs, json(process.cpuTime)}, {u"started"_qs, json(process.started)},
        {u"command_line"_qs, json(process.commandLine)}};
}
QJsonObject object(const ProcessesReading& processes)
{
    return {{u"processes"_qs, list(processes.processes)}};
}
QJsonObject object(const HostFacts& host)
{
    return {{u"hostname"_qs, json(host.hostname)}, {u"os_id"_qs, json(host.osId)},
        {u"os_version"_qs, json(host.osVersion)}, {u"os_name"_qs, json(host.osName)}, {u"kernel"_qs, json(host.kernel)},
        {u"architecture"_qs, json(host.architecture)}, {u"machine_id"_qs, json(host.machineId)},
        {u"boot_id"_qs, json(host.bootId)}, {u"virtualisation"_qs, json(host.virtualisation)},
        {u"container"_qs, json(host.container)}};
}

/// Adds one reader's result to the whole; false when it failed for another reason than that the machine lacks the
/// thing.
template <typename Reading>
bool add(QJsonObject& all, const QString& subject, const sextant::Result<Reading>& reading)
{
    if (!reading) {
        all.insert(subject, QJsonObject{{u"error"_qs, json(reading.error().message)}});
        return reading.error().code == sextant::ErrorCode::NotAvailable;
    }
    QJsonObject result = object(*reading);
    result.insert(u"warnings"_qs, list(reading->warnings));
    all.insert(subject, result);
    return true;
}

} // namespace

int main()
{
    const Roots roots = Roots::fromEnvironment();
    QJsonObject all;
    bool whole = add(all, u"cpu"_qs, CpuReader(roots).read());
    whole = add(all, u"memory"_qs, MemoryReader(roots).read()) && whole;
    whole = add(all, u"disks"_qs, DisksReader(roots).read()) && whole;
    whole = add(all, u"diskio"_qs, DiskIoReader(roots).read()) && whole;
    whole = add(all, u"network"_qs, NetworkReader(roots).read()) && whole;
    whole = add(all, u"pressure"_qs, PressureReader(roots).read()) && whole;
    whole = add(all, u"system"_qs, SystemReader(roots).read()) && whole;
    whole = add(all, u"processes"_qs, ProcessesReader(roots).read()) && whole;
    whole = add(all, u"host"_qs, readHostFacts(roots)) && whole;
    const QByteArray text = QJsonDocument(all).toJson(QJsonDocument::Indented);
    std::fwrite(text.constData(), 1, static_cast<std::size_t>(text.size()), stdout);
    return whole ? 0 : 1;
}

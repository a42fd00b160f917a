// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The catalogue's one declared list: every family and column that Sextant knows. From here come the wire numbers, the
// Prometheus names, the SQL columns, the units on the console's axes and docs/metrics.md. To add a column, add a line
// with the next free number of its family. Never change a number, a name or a scale that was released, and never use a
// number again.

#include "metrics/catalogue.h"

#include <array>

namespace sextant::metrics {
namespace declared {

inline constexpr Column percent(std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs)
{
    return {number, name, Unit::Percent, Kind::Gauge, 2, help, os};
}
inline constexpr Column bytes(std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs)
{
    return {number, name, Unit::Bytes, Kind::Gauge, 0, help, os};
}
inline constexpr Column bytesTotal(
    std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs)
{
    return {number, name, Unit::Bytes, Kind::Counter, 0, help, os};
}
inline constexpr Column count(std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs)
{
    return {number, name, Unit::None, Kind::Gauge, 0, help, os};
}
inline constexpr Column countTotal(
    std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs)
{
    return {number, name, Unit::None, Kind::Counter, 0, help, os};
}
/// Seconds to the millisecond, or finer where `scale` says so.
inline constexpr Column seconds(
    std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs, std::uint8_t scale = 3)
{
    return {number, name, Unit::Seconds, Kind::Gauge, scale, help, os};
}
inline constexpr Column secondsTotal(
    std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs, std::uint8_t scale = 3)
{
    return {number, name, Unit::Seconds, Kind::Counter, scale, help, os};
}
inline constexpr Column flag(std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs)
{
    return {number, name, Unit::Boolean, Kind::Gauge, 0, help, os};
}
inline constexpr Column celsius(std::uint32_t number, std::string_view name, std::string_view help, OsMask os)
{
    return {number, name, Unit::Celsius, Kind::Gauge, 2, help, os};
}
/// A plain number with two decimals (load averages).
inline constexpr Column hundredths(
    std::uint32_t number, std::string_view name, std::string_view help, OsMask os = kAnyOs)
{
    return {number, name, Unit::None, Kind::Gauge, 2, help, os};
}

inline constexpr OsMask kUnix = kLinux | kFreeBsd | kDarwin;
inline constexpr OsMask kNotDarwin = kLinux | kWindows | kFreeBsd;

inline constexpr auto kCpu = std::to_array<Column>({
    percent(1, "usage_percent", "Share of all CPUs' time spent working: neither idle nor waiting for I/O."),
    percent(2, "user_percent", "Share of time in user code at normal priority, guests not included."),
    percent(3, "nice_percent", "Share of time in user code at lowered priority, guests not included.", kUnix),
    percent(4, "system_percent", "Share of time in the kernel, interrupts not included."),
    percent(5, "iowait_percent", "Share of time idle while a disk request was outstanding. Not part of usage.", kLinux),
    percent(6, "irq_percent", "Share of time serving hardware interrupts.", kNotDarwin),
    percent(7, "softirq_percent", "Share of time serving soft interrupts.", kLinux | kWindows),
    percent(8, "steal_percent", "Share of time that the hypervisor gave to others.", kLinux),
    percent(9, "guest_percent", "Share of time running virtual CPUs of guests.", kLinux),
    percent(10, "idle_percent", "Share of time idle with no disk request outstanding."),
    secondsTotal(11, "user_seconds_total", "Time in user code at normal priority, guests not included."),
    secondsTotal(12, "nice_seconds_total", "Time in user code at lowered priority, guests not included.", kUnix),
    secondsTotal(13, "system_seconds_total", "Time in the kernel, interrupts not included."),
    secondsTotal(14, "idle_seconds_total", "Time idle with no disk request outstanding."),
    secondsTotal(15, "iowait_seconds_total", "Time idle while a disk request was outstanding.", kLinux),
    secondsTotal(16, "irq_seconds_total", "Time serving hardware interrupts.", kNotDarwin),
    secondsTotal(17, "softirq_seconds_total", "Time serving soft interrupts.", kLinux | kWindows),
    secondsTotal(18, "steal_seconds_total", "Time that the hypervisor gave to others.", kLinux),
    secondsTotal(19, "guest_seconds_total", "Time running virtual CPUs of guests at normal priority.", kLinux),
    secondsTotal(20, "guest_nice_seconds_total", "Time running virtual CPUs of guests at lowered priority.", kLinux),
    hundredths(21, "load1", "Load average over 1 minute."),
    hundredths(22, "load5", "Load average over 5 minutes."),
    hundredths(23, "load15", "Load average over 15 minutes."),
    count(24, "logical_count", "Logical CPUs that are online."),
});

inline constexpr auto kCpuCore = std::to_array<Column>({
    percent(1, "usage_percent", "Share of this CPU's time spent working: neither idle nor waiting for I/O."),
    secondsTotal(2, "user_seconds_total", "Time in user code at normal priority, guests not included."),
    secondsTotal(3, "nice_seconds_total", "Time in user code at lowered priority, guests not included.", kUnix),
    secondsTotal(4, "system_seconds_total", "Time in the kernel, interrupts not included."),
    secondsTotal(5, "idle_seconds_total", "Time idle with no disk request outstanding."),
    secondsTotal(6, "iowait_seconds_total", "Time idle while a disk request was outstanding.", kLinux),
    secondsTotal(7, "irq_seconds_total", "Time serving hardware interrupts.", kNotDarwin),
    secondsTotal(8, "softirq_seconds_total", "Time serving soft interrupts.", kLinux | kWindows),
    secondsTotal(9, "steal_seconds_total", "Time that the hypervisor gave to others.", kLinux),
    secondsTotal(10, "guest_seconds_total", "Time running virtual CPUs of guests at normal priority.", kLinux),
    secondsTotal(11, "guest_nice_seconds_total", "Time running virtual CPUs of guests at lowered priority.", kLinux),
});

inline constexpr auto kMemory = std::to_array<Column>({
    bytes(1, "total_bytes", "Memory that the operating system manages."),
    bytes(2, "used_bytes", "Total minus available: what programs could not get without swapping."),
    bytes(3, "available_bytes", "What programs could get without swapping."),
    bytes(4, "free_bytes", "Memory that holds nothing at all."),
    bytes(5, "cached_bytes", "File contents kept in memory, given back on demand."),
    bytes(6, "buffers_bytes", "Block device contents kept in memory.", kLinux | kFreeBsd),
    bytes(7, "shared_bytes", "Shared memory and tmpfs contents.", kLinux),
    bytes(8, "slab_reclaimable_bytes", "Kernel caches given back on demand.", kLinux),
    bytes(9, "swap_total_bytes", "Swap space or page files."),
    bytes(10, "swap_used_bytes", "Swap space in use."),
    percent(11, "used_percent", "Used memory in percent of total."),
    percent(12, "swap_used_percent", "Used swap in percent of swap; absent without swap."),
    countTotal(13, "page_faults_total", "Page faults, minor and major."),
    countTotal(14, "major_page_faults_total", "Page faults that had to read from disk."),
    countTotal(15, "oom_kills_total", "Processes that the kernel killed for want of memory.", kLinux),
    bytes(16, "committed_bytes", "Memory that programs were promised, used or not.", kLinux | kWindows),
    bytes(17, "commit_limit_bytes",
        "What they can be promised: memory and swap. Linux keeps to it only with vm.overcommit_memory=2.",
        kLinux | kWindows),
    percent(18, "committed_percent", "Committed memory in percent of the limit; absent where it is not kept to.",
        kLinux | kWindows),
});

inline constexpr auto kDisk = std::to_array<Column>({
    bytes(1, "total_bytes", "Size of the file system."),
    bytes(2, "used_bytes", "Space in use."),
    bytes(3, "available_bytes", "Space that ordinary users can still fill; without what is reserved for root."),
    percent(4, "used_percent", "Used space in percent of used plus available, as df counts."),
    count(5, "inodes", "Inodes of the file system; absent where it has no fixed number.", kUnix),
    count(6, "inodes_used", "Inodes in use.", kUnix),
    percent(7, "inodes_used_percent", "Used inodes in percent of all.", kUnix),
    flag(8, "read_only", "1 when mounted read-only."),
    flag(9, "remote", "1 for network file systems."),
    flag(10, "responding", "0 when the file system did not answer within the deadline; its sizes are then absent."),
});

inline constexpr auto kDiskIo = std::to_array<Column>({
    bytesTotal(1, "read_bytes_total", "Bytes read from the device."),
    bytesTotal(2, "write_bytes_total", "Bytes written to the device."),
    countTotal(3, "reads_total", "Reads that completed."),
    countTotal(4, "writes_total", "Writes that completed."),
    countTotal(5, "reads_merged_total", "Reads that the kernel joined to a neighbour.", kLinux),
    countTotal(6, "writes_merged_total", "Writes that the kernel joined to a neighbour.", kLinux),
    secondsTotal(7, "read_seconds_total", "Time that reads took, added up over all reads."),
    secondsTotal(8, "write_seconds_total", "Time that writes took, added up over all writes."),
    secondsTotal(9, "busy_seconds_total", "Time during which the device had at least one request.", kNotDarwin),
    secondsTotal(10, "weighted_seconds_total", "Time in the queue, added up over all requests.", kLinux),
    count(11, "in_flight", "Requests that the device is working on.", kNotDarwin),
    percent(
        12, "busy_percent", "Share of the last interval during which the device had at least one request.", kNotDarwin),
});

inline constexpr auto kNetwork = std::to_array<Column>({
    bytesTotal(1, "receive_bytes_total", "Bytes received."),
    bytesTotal(2, "transmit_bytes_total", "Bytes sent."),
    countTotal(3, "receive_packets_total", "Packets received."),
    countTotal(4, "transmit_packets_total", "Packets sent."),
    countTotal(5, "receive_errors_total", "Packets received damaged."),
    countTotal(6, "transmit_errors_total", "Packets that could not be sent."),
    countTotal(7, "receive_drops_total", "Packets received and thrown away."),
    countTotal(8, "transmit_drops_total", "Packets thrown away before sending."),
    {9, "speed_bytes_per_second", Unit::BytesPerSecond, Kind::Gauge, 0, "Link speed; absent where there is none.",
        kAnyOs},
    flag(10, "up", "1 when the link is up."),
    flag(11, "loopback", "1 for the loopback interface."),
    flag(12, "virtual", "1 for bridges, VLANs, tunnels and container links: their traffic passes a physical one too."),
    bytes(13, "mtu_bytes", "Largest packet that the interface sends whole."),
});

inline constexpr auto kPressure = std::to_array<Column>({
    percent(1, "some_avg10_percent", "Share of the last 10 s in which at least one task waited.", kLinux),
    percent(2, "some_avg60_percent", "Share of the last 60 s in which at least one task waited.", kLinux),
    percent(3, "some_avg300_percent", "Share of the last 300 s in which at least one task waited.", kLinux),
    secondsTotal(4, "some_seconds_total", "Time in which at least one task waited.", kLinux, 6),
    percent(5, "full_avg10_percent", "Share of the last 10 s in which all tasks waited.", kLinux),
    percent(6, "full_avg60_percent", "Share of the last 60 s in which all tasks waited.", kLinux),
    percent(7, "full_avg300_percent", "Share of the last 300 s in which all tasks waited.", kLinux),
    secondsTotal(8, "full_seconds_total", "Time in which all tasks waited.", kLinux, 6),
});

inline constexpr auto kSystem = std::to_array<Column>({
    seconds(1, "uptime_seconds", "Time since the machine started."),
    seconds(2, "boot_time_seconds", "When the machine started, in Unix time."),
    count(3, "processes", "Processes."),
    count(4, "processes_running", "Processes running or ready to run."),
    count(5, "processes_sleeping", "Processes waiting, interruptible."),
    count(6, "processes_blocked", "Processes waiting for I/O, not interruptible.", kUnix),
    count(7, "processes_stopped", "Processes stopped or being traced.", kUnix),
    count(8, "processes_zombie", "Processes that ended and whose parent has not asked why.", kUnix),
    count(9, "processes_idle", "Idle kernel threads.", kLinux),
    count(10, "threads", "Threads."),
    count(11, "users", "Users who are logged in."),
    countTotal(12, "context_switches_total", "Context switches.", kNotDarwin),
    countTotal(13, "interrupts_total", "Interrupts served.", kNotDarwin),
    countTotal(14, "forks_total", "Processes and threads started.", kLinux | kFreeBsd),
    count(15, "open_files", "Files that all processes hold open (handles on Windows)."),
    count(16, "open_files_limit", "Files that all processes together may hold open.", kUnix),
});

inline constexpr auto kTemperature = std::to_array<Column>({
    celsius(1, "celsius", "Temperature of the sensor.", kLinux | kWindows | kFreeBsd),
    celsius(2, "high_celsius", "Temperature from which on the chip cools or slows down.", kLinux | kWindows | kFreeBsd),
    celsius(3, "critical_celsius", "Temperature from which on the chip switches off.", kLinux | kWindows | kFreeBsd),
});

inline constexpr auto kBattery = std::to_array<Column>({
    percent(1, "charge_percent", "Charge in percent of what the battery holds when full."),
    percent(2, "health_percent", "What it holds when full, in percent of what it was made for.", kUnix),
    flag(3, "charging", "1 while it is being charged."),
    flag(4, "discharging", "1 while the machine runs on it."),
    flag(5, "outside_power", "1 when the machine gets power from outside."),
    hundredths(6, "power_watts", "Power that flows into or out of it.", kUnix),
    seconds(7, "remaining_seconds", "Time until it is empty, while it discharges."),
    count(8, "cycles", "Times that it was charged and discharged.", kUnix),
});

inline constexpr auto kGpu = std::to_array<Column>({
    percent(1, "usage_percent", "Share of time in which its busiest part worked.", kLinux | kWindows),
    percent(2, "memory_busy_percent", "Share of time in which its memory was read or written.", kLinux | kWindows),
    bytes(3, "memory_total_bytes", "Memory of its own.", kLinux | kWindows),
    bytes(4, "memory_used_bytes", "What of that is in use.", kLinux | kWindows),
    celsius(5, "temperature_celsius", "Temperature of the processor.", kLinux | kWindows),
    hundredths(6, "power_watts", "Power that it draws.", kLinux | kWindows),
    hundredths(7, "power_limit_watts", "Power that it may draw.", kLinux | kWindows),
    percent(8, "fan_percent", "Speed of its fan in percent of what the fan can do.", kLinux | kWindows),
    count(9, "clock_hertz", "Clock of its shaders.", kLinux | kWindows),
    count(10, "memory_clock_hertz", "Clock of its memory.", kLinux | kWindows),
});

inline constexpr auto kDiskHealth = std::to_array<Column>({
    flag(1, "healthy", "0 when the disk says that it fails or will.", kLinux | kWindows),
    flag(2, "asleep", "1 when it slept and was not woken to be asked; the rest is then absent.", kLinux | kWindows),
    celsius(3, "temperature_celsius", "Temperature of the disk.", kLinux | kWindows),
    percent(4, "wear_percent", "What of its life is used up, as the maker counts; may pass 100.", kLinux | kWindows),
    percent(5, "spare_percent", "What is left of the blocks that replace broken ones.", kLinux | kWindows),
    secondsTotal(6, "power_on_seconds_total", "Time that it was switched on.", kLinux | kWindows),
    countTotal(7, "power_cycles_total", "Times that it was switched on.", kLinux | kWindows),
    countTotal(8, "unsafe_shutdowns_total", "Times that it lost power without a word.", kLinux | kWindows),
    countTotal(9, "media_errors_total", "Times that it could not give back what was written.", kLinux | kWindows),
    countTotal(10, "link_errors_total", "Transfers that the cable damaged.", kLinux | kWindows),
    count(11, "reallocated_sectors", "Sectors that broke and were replaced.", kLinux | kWindows),
    count(12, "pending_sectors", "Sectors that cannot be read and wait to be written anew.", kLinux | kWindows),
    bytesTotal(13, "read_bytes_total", "Bytes read in its life.", kLinux | kWindows),
    bytesTotal(14, "write_bytes_total", "Bytes written in its life.", kLinux | kWindows),
});

// Only what is connected has a row: `network.up` tells whether it is.
inline constexpr auto kWifi = std::to_array<Column>({
    hundredths(1, "signal_dbm", "Strength with which the access point is heard.", kLinux | kWindows | kFreeBsd),
    hundredths(2, "noise_dbm", "Noise on the channel.", kLinux | kFreeBsd),
    percent(3, "quality_percent", "Quality of the link, as the system counts it.", kWindows),
    count(4, "frequency_hertz", "Centre of the channel.", kLinux | kWindows | kFreeBsd),
    {5, "receive_rate_bytes_per_second", Unit::BytesPerSecond, Kind::Gauge, 0,
        "Rate at which the access point last sent.", kLinux | kWindows},
    {6, "transmit_rate_bytes_per_second", Unit::BytesPerSecond, Kind::Gauge, 0, "Rate at which it is sent.",
        kLinux | kWindows | kFreeBsd},
    countTotal(
        7, "transmit_retries_total", "Times that a packet was sent again. Begins anew with each access point.", kLinux),
    countTotal(8, "transmit_failures_total",
        "Packets that never arrived, after all retries. Begins anew with each access point.", kLinux),
    countTotal(9, "beacon_losses_total",
        "Times that the access point was not heard for a while. Begins anew with each access point.", kLinux),
    seconds(
        10, "connected_seconds", "Time with this access point: it falls when the machine goes to another one.", kLinux),
});

inline constexpr auto kContainer = std::to_array<Column>({
    percent(1, "cpu_percent", "CPU time used, in percent of one CPU: 200 is two CPUs at work.", kLinux | kWindows),
    secondsTotal(2, "cpu_seconds_total", "CPU time used.", kLinux | kWindows, 6),
    {3, "cpu_limit_cores", Unit::None, Kind::Gauge, 3, "CPUs that it may use; absent without a limit.", kLinux},
    secondsTotal(4, "cpu_throttled_seconds_total", "Time in which it had to wait because of that limit.", kLinux, 6),
    bytes(5, "memory_used_bytes", "Memory without files that were not used lately, as docker stats says it.",
        kLinux | kWindows),
    bytes(6, "memory_limit_bytes", "Memory that it may use; absent without a limit.", kLinux),
    percent(7, "memory_used_percent", "Used memory in percent of the limit; absent without one.", kLinux),
    bytes(8, "memory_cache_bytes", "Contents of files in its memory.", kLinux),
    bytes(9, "memory_anonymous_bytes", "Memory that is no file's: heap and stacks.", kLinux),
    bytes(10, "swap_used_bytes", "Swap space in use.", kLinux),
    countTotal(11, "oom_kills_total", "Processes of it that the kernel killed for want of memory.", kLinux),
    bytesTotal(12, "block_read_bytes_total", "Bytes read from block devices.", kLinux | kWindows),
    bytesTotal(13, "block_write_bytes_total", "Bytes written to block devices.", kLinux | kWindows),
    bytesTotal(14, "network_receive_bytes_total", "Bytes received; absent where it uses the host's network.",
        kLinux | kWindows),
    bytesTotal(
        15, "network_transmit_bytes_total", "Bytes sent; absent where it uses the host's network.", kLinux | kWindows),
    count(16, "pids", "Processes and threads; on Windows, processes.", kLinux | kWindows),
    count(17, "pids_limit", "Processes and threads that it may have; absent without a limit.", kLinux),
    flag(18, "healthy", "0 when its health check fails; absent without a check, and where no engine tells.",
        kLinux | kWindows),
});

inline constexpr auto kAgent = std::to_array<Column>({
    secondsTotal(1, "cpu_seconds_total", "CPU time that the agent itself used.", kAnyOs, 6),
    bytes(2, "resident_bytes", "Memory of the agent that is in RAM, shared libraries included."),
    bytes(3, "anonymous_bytes", "Memory of the agent that is its own: heap and stacks.", kLinux),
    count(4, "open_files", "Files and sockets that the agent holds open."),
    count(5, "threads", "Threads of the agent."),
    count(6, "queue_batches", "Batches that wait to be delivered."),
    bytes(7, "queue_bytes", "Memory of the batches that wait and are not on disk."),
    countTotal(8, "batches_sent_total", "Batches that the server acknowledged."),
    countTotal(9, "batches_dropped_total", "Batches given up for want of room, oldest first."),
    countTotal(10, "batches_quarantined_total", "Batches that the server refused for good."),
    countTotal(11, "send_failures_total", "Attempts to deliver that failed and will be made again."),
    countTotal(12, "sent_bytes_total", "Compressed bytes of acknowledged batches."),
    seconds(13, "start_time_seconds", "When the agent started, in Unix time."),
    countTotal(
        14, "ticks_missed_total", "Collections that did not happen because the agent or the machine was held up."),
    count(15, "spool_batches", "Batches that wait on the agent's disk."),
    bytes(16, "spool_bytes", "Bytes of the spool's file that hold something."),
    countTotal(17, "rows_refused_total", "Rows that the server left out of batches that it took."),
});

inline constexpr auto kAgentCollector = std::to_array<Column>({
    seconds(1, "duration_seconds", "Time that the last run took.", kAnyOs, 6),
    flag(2, "success", "1 when the last run gave all it could, 0 when it failed or passed its deadline."),
    countTotal(3, "runs_total", "Runs since the agent started."),
    countTotal(4, "failures_total", "Runs that failed."),
    countTotal(5, "timeouts_total", "Runs that passed their deadline."),
});

inline constexpr auto kCustom = std::to_array<Column>({
    {1, "value", Unit::None, Kind::Gauge, 0, "The value of the metric.", kAnyOs, Storage::Real},
});

inline constexpr std::array<std::string_view, 0> kNoLabels{};
inline constexpr std::array<std::string_view, 1> kCoreLabels{"core"};
inline constexpr std::array<std::string_view, 3> kDiskLabels{"mount", "device", "fstype"};
inline constexpr std::array<std::string_view, 1> kDeviceLabels{"device"};
inline constexpr std::array<std::string_view, 1> kInterfaceLabels{"interface"};
inline constexpr std::array<std::string_view, 1> kResourceLabels{"resource"};
inline constexpr std::array<std::string_view, 3> kSensorLabels{"chip", "device", "sensor"};
inline constexpr std::array<std::string_view, 1> kBatteryLabels{"battery"};
inline constexpr std::array<std::string_view, 2> kGpuLabels{"gpu", "name"};
inline constexpr std::array<std::string_view, 3> kDiskHealthLabels{"device", "model", "serial"};
// Without the access point's address: in a building with many, each step would begin a new series, and it tells where
// a machine is. The network's name changes when somebody moves to another network, which is another thing to look at.
inline constexpr std::array<std::string_view, 2> kWifiLabels{"interface", "ssid"};
// Not the id and not the image: both change with each deploy, and a container goes on under its name. The agent keeps
// two of one name apart.
inline constexpr std::array<std::string_view, 2> kContainerLabels{"name", "runtime"};
inline constexpr std::array<std::string_view, 1> kCollectorLabels{"collector"};
inline constexpr std::array<std::string_view, 2> kCustomLabels{"name", "labels"};

} // namespace declared

inline constexpr auto kFamilies = std::to_array<Family>({
    {"cpu", declared::kNoLabels, declared::kCpu, "CPU time of the whole machine and its load."},
    {"cpu_core", declared::kCoreLabels, declared::kCpuCore, "CPU time of each logical CPU."},
    {"memory", declared::kNoLabels, declared::kMemory, "Memory and swap."},
    {"disk", declared::kDiskLabels, declared::kDisk, "Space of each mounted file system."},
    {"diskio", declared::kDeviceLabels, declared::kDiskIo, "Work of each block device."},
    {"network", declared::kInterfaceLabels, declared::kNetwork, "Traffic of each network interface."},
    {"pressure", declared::kResourceLabels, declared::kPressure, "Time lost waiting for cpu, memory, io or irq."},
    {"system", declared::kNoLabels, declared::kSystem, "Uptime, processes and kernel activity."},
    {"temperature", declared::kSensorLabels, declared::kTemperature, "Temperature sensors."},
    {"battery", declared::kBatteryLabels, declared::kBattery, "Batteries that can run the machine."},
    {"gpu", declared::kGpuLabels, declared::kGpu, "Graphics processors."},
    {"disk_health", declared::kDiskHealthLabels, declared::kDiskHealth, "What disks say of their own health (SMART)."},
    {"wifi", declared::kWifiLabels, declared::kWifi, "Wireless links, while they are connected."},
    {"container", declared::kContainerLabels, declared::kContainer, "Containers that run."},
    {"agent", declared::kNoLabels, declared::kAgent, "The agent itself: what it costs and what it delivered."},
    {"agent_collector", declared::kCollectorLabels, declared::kAgentCollector, "Each collector of the agent."},
    {"custom", declared::kCustomLabels, declared::kCustom,
        "Metrics of applications: any name, labels as sorted `key=\"value\"` pairs, one value."},
});

/// A column known at compile time: `column("cpu", "usage_percent")`. A name that is not in the list does not compile.
struct ColumnRef {
    const Family* family;
    std::size_t index;
};

consteval ColumnRef column(std::string_view family, std::string_view name)
{
    for (const Family& candidate : kFamilies) {
        if (candidate.name != family)
            continue;
        for (std::size_t index = 0; index < candidate.columns.size(); ++index) {
            if (candidate.columns[index].name == name)
                return {&candidate, index};
        }
    }
    throw "no such family or column in metrics/families.h";
}

consteval const Family& family(std::string_view name)
{
    for (const Family& candidate : kFamilies) {
        if (candidate.name == name)
            return candidate;
    }
    throw "no such family in metrics/families.h";
}

} // namespace sextant::metrics

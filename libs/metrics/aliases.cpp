// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/aliases.h"

#include "metrics/families.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

namespace sextant::metrics {
namespace {

constexpr OsMask kUnix = kLinux | kFreeBsd | kDarwin;
constexpr OsMask kBsd = kFreeBsd | kDarwin;

/// Begins a line: a series of one or more columns of a family.
consteval NamedSeries of(
    OsMask os, std::string_view name, std::string_view family, std::initializer_list<std::string_view> columns)
{
    NamedSeries alias;
    alias.name = name;
    alias.os = os;
    alias.family = &metrics::family(family);
    std::size_t index = 0;
    for (const std::string_view column : columns)
        alias.columns.at(index++) = &alias.family->columns[metrics::column(family, column).index];
    return alias;
}

consteval NamedSeries minus(NamedSeries alias, std::string_view column)
{
    alias.less = &alias.family->columns[metrics::column(alias.family->name, column).index];
    return alias;
}

consteval NamedSeries labelled(NamedSeries alias, std::initializer_list<LabelRename> labels)
{
    std::ranges::copy(labels, alias.labels.begin());
    return alias;
}

consteval NamedSeries fixed(NamedSeries alias, std::string_view name, std::string_view value)
{
    alias.fixed = {name, value};
    return alias;
}

consteval NamedSeries times(NamedSeries alias, double factor, double offset)
{
    alias.factor = factor;
    alias.offset = offset;
    return alias;
}

consteval NamedSeries node(
    std::string_view name, std::string_view family, std::initializer_list<std::string_view> columns)
{
    return of(kUnix, name, family, columns);
}

// ---- node_exporter ----

/// Guests count as user and nice there, and once more by themselves.
consteval NamedSeries cpu(std::string_view mode, std::initializer_list<std::string_view> columns)
{
    return fixed(labelled(node("node_cpu_seconds_total", "cpu_core", columns), {{"core", "cpu"}}), "mode", mode);
}
consteval NamedSeries cpuGuest(std::string_view mode, std::string_view column)
{
    return fixed(labelled(node("node_cpu_guest_seconds_total", "cpu_core", {column}), {{"core", "cpu"}}), "mode", mode);
}
consteval NamedSeries fileSystem(std::string_view name, std::string_view column)
{
    return labelled(
        node(name, "disk", {column}), {{"device", "device"}, {"fstype", "fstype"}, {"mount", "mountpoint"}});
}
consteval NamedSeries network(std::string_view name, std::string_view column)
{
    return labelled(node(name, "network", {column}), {{"interface", "device"}});
}
consteval NamedSeries disk(std::string_view name, std::string_view column)
{
    return labelled(node(name, "diskio", {column}), {{"device", "device"}});
}
consteval NamedSeries pressure(std::string_view name, std::string_view resource, std::string_view column)
{
    NamedSeries alias = of(kLinux, name, "pressure", {column});
    alias.only = {"resource", resource};
    return alias;
}
/// There the chip is named by its place, too.
consteval NamedSeries hwmon(std::string_view name, std::string_view column)
{
    return labelled(
        of(kLinux, name, "temperature", {column}), {{"chip", "chip_name"}, {"device", "chip"}, {"sensor", "sensor"}});
}
/// There a station is told by its address.
consteval NamedSeries wifi(std::string_view name, std::string_view column, OsMask os, double factor = 1)
{
    return times(labelled(of(os, name, "wifi", {column}), {{"interface", "device"}, {"ssid", "ssid"}}), factor, 0);
}
constexpr double kInBits = 8;
/// 1 while the host is up.
consteval NamedSeries ofTheHost(OsMask os, std::string_view name, HostLabels labels)
{
    NamedSeries alias = times(of(os, name, "system", {"uptime_seconds"}), 0, 1);
    alias.ofTheHost = labels;
    return alias;
}

// ---- windows_exporter ----

consteval NamedSeries windows(
    std::string_view name, std::string_view family, std::initializer_list<std::string_view> columns)
{
    return of(kWindows, name, family, columns);
}
consteval NamedSeries windowsCpu(std::string_view mode, std::initializer_list<std::string_view> columns)
{
    return fixed(labelled(windows("windows_cpu_time_total", "cpu_core", columns), {{"core", "core"}}), "mode", mode);
}
consteval NamedSeries volume(std::string_view name, std::string_view column)
{
    return labelled(windows(name, "disk", {column}), {{"mount", "volume"}});
}
consteval NamedSeries physicalDisk(std::string_view name, std::string_view column)
{
    return labelled(windows(name, "diskio", {column}), {{"device", "disk"}});
}
consteval NamedSeries nic(std::string_view name, std::string_view column)
{
    return labelled(windows(name, "network", {column}), {{"interface", "nic"}});
}

// ---- dcgm-exporter ----

consteval NamedSeries dcgm(std::string_view name, std::string_view column, double factor = 1)
{
    return times(
        labelled(of(kLinux | kWindows, name, "gpu", {column}), {{"gpu", "UUID"}, {"name", "modelName"}}), factor, 0);
}
constexpr double kInMebibytes = 1.0 / (1 << 20);
constexpr double kInMegahertz = 1e-6;

constexpr auto kTable = std::to_array<NamedSeries>({
    dcgm("DCGM_FI_DEV_FAN_SPEED", "fan_percent"),
    dcgm("DCGM_FI_DEV_FB_TOTAL", "memory_total_bytes", kInMebibytes),
    dcgm("DCGM_FI_DEV_FB_USED", "memory_used_bytes", kInMebibytes),
    dcgm("DCGM_FI_DEV_GPU_TEMP", "temperature_celsius"),
    dcgm("DCGM_FI_DEV_GPU_UTIL", "usage_percent"),
    dcgm("DCGM_FI_DEV_MEM_CLOCK", "memory_clock_hertz", kInMegahertz),
    dcgm("DCGM_FI_DEV_MEM_COPY_UTIL", "memory_busy_percent"),
    dcgm("DCGM_FI_DEV_POWER_USAGE", "power_watts"),
    dcgm("DCGM_FI_DEV_SM_CLOCK", "clock_hertz", kInMegahertz),
    node("node_boot_time_seconds", "system", {"boot_time_seconds"}),
    node("node_context_switches_total", "system", {"context_switches_total"}),
    cpuGuest("nice", "guest_nice_seconds_total"),
    cpuGuest("user", "guest_seconds_total"),
    cpu("idle", {"idle_seconds_total"}),
    cpu("iowait", {"iowait_seconds_total"}),
    cpu("irq", {"irq_seconds_total"}),
    cpu("nice", {"nice_seconds_total", "guest_nice_seconds_total"}),
    cpu("softirq", {"softirq_seconds_total"}),
    cpu("steal", {"steal_seconds_total"}),
    cpu("system", {"system_seconds_total"}),
    cpu("user", {"user_seconds_total", "guest_seconds_total"}),
    disk("node_disk_io_now", "in_flight"),
    disk("node_disk_io_time_seconds_total", "busy_seconds_total"),
    disk("node_disk_io_time_weighted_seconds_total", "weighted_seconds_total"),
    disk("node_disk_read_bytes_total", "read_bytes_total"),
    disk("node_disk_read_time_seconds_total", "read_seconds_total"),
    disk("node_disk_reads_completed_total", "reads_total"),
    disk("node_disk_reads_merged_total", "reads_merged_total"),
    disk("node_disk_write_time_seconds_total", "write_seconds_total"),
    disk("node_disk_writes_completed_total", "writes_total"),
    disk("node_disk_writes_merged_total", "writes_merged_total"),
    disk("node_disk_written_bytes_total", "write_bytes_total"),
    node("node_filefd_allocated", "system", {"open_files"}),
    node("node_filefd_maximum", "system", {"open_files_limit"}),
    fileSystem("node_filesystem_avail_bytes", "available_bytes"),
    times(fileSystem("node_filesystem_device_error", "responding"), -1, 1),
    fileSystem("node_filesystem_files", "inodes"),
    minus(fileSystem("node_filesystem_files_free", "inodes"), "inodes_used"),
    minus(fileSystem("node_filesystem_free_bytes", "total_bytes"), "used_bytes"),
    fileSystem("node_filesystem_readonly", "read_only"),
    fileSystem("node_filesystem_size_bytes", "total_bytes"),
    node("node_forks_total", "system", {"forks_total"}),
    hwmon("node_hwmon_temp_celsius", "celsius"),
    hwmon("node_hwmon_temp_crit_celsius", "critical_celsius"),
    hwmon("node_hwmon_temp_max_celsius", "high_celsius"),
    node("node_intr_total", "system", {"interrupts_total"}),
    node("node_load1", "cpu", {"load1"}),
    node("node_load15", "cpu", {"load15"}),
    node("node_load5", "cpu", {"load5"}),
    of(kLinux, "node_memory_Buffers_bytes", "memory", {"buffers_bytes"}),
    of(kLinux, "node_memory_Cached_bytes", "memory", {"cached_bytes", "shared_bytes"}), // shared memory counts there
    of(kLinux, "node_memory_CommitLimit_bytes", "memory", {"commit_limit_bytes"}),
    of(kLinux, "node_memory_Committed_AS_bytes", "memory", {"committed_bytes"}),
    of(kLinux, "node_memory_MemAvailable_bytes", "memory", {"available_bytes"}),
    of(kLinux, "node_memory_MemFree_bytes", "memory", {"free_bytes"}),
    of(kLinux, "node_memory_MemTotal_bytes", "memory", {"total_bytes"}),
    of(kLinux, "node_memory_SReclaimable_bytes", "memory", {"slab_reclaimable_bytes"}),
    of(kLinux, "node_memory_Shmem_bytes", "memory", {"shared_bytes"}),
    minus(of(kLinux, "node_memory_SwapFree_bytes", "memory", {"swap_total_bytes"}), "swap_used_bytes"),
    of(kLinux, "node_memory_SwapTotal_bytes", "memory", {"swap_total_bytes"}),
    of(kFreeBsd, "node_memory_buffer_bytes", "memory", {"buffers_bytes"}),
    of(kBsd, "node_memory_free_bytes", "memory", {"free_bytes"}),
    of(kFreeBsd, "node_memory_size_bytes", "memory", {"total_bytes"}),
    of(kFreeBsd, "node_memory_swap_size_bytes", "memory", {"swap_total_bytes"}),
    of(kDarwin, "node_memory_swap_total_bytes", "memory", {"swap_total_bytes"}),
    of(kBsd, "node_memory_swap_used_bytes", "memory", {"swap_used_bytes"}),
    of(kDarwin, "node_memory_total_bytes", "memory", {"total_bytes"}),
    network("node_network_mtu_bytes", "mtu_bytes"),
    network("node_network_receive_bytes_total", "receive_bytes_total"),
    network("node_network_receive_drop_total", "receive_drops_total"),
    network("node_network_receive_errs_total", "receive_errors_total"),
    network("node_network_receive_packets_total", "receive_packets_total"),
    network("node_network_speed_bytes", "speed_bytes_per_second"),
    network("node_network_transmit_bytes_total", "transmit_bytes_total"),
    network("node_network_transmit_drop_total", "transmit_drops_total"),
    network("node_network_transmit_errs_total", "transmit_errors_total"),
    network("node_network_transmit_packets_total", "transmit_packets_total"),
    network("node_network_up", "up"),
    pressure("node_pressure_cpu_waiting_seconds_total", "cpu", "some_seconds_total"),
    pressure("node_pressure_io_stalled_seconds_total", "io", "full_seconds_total"),
    pressure("node_pressure_io_waiting_seconds_total", "io", "some_seconds_total"),
    pressure("node_pressure_irq_stalled_seconds_total", "irq", "full_seconds_total"),
    pressure("node_pressure_memory_stalled_seconds_total", "memory", "full_seconds_total"),
    pressure("node_pressure_memory_waiting_seconds_total", "memory", "some_seconds_total"),
    node("node_processes_pids", "system", {"processes"}),
    node("node_processes_threads", "system", {"threads"}),
    node("node_procs_blocked", "system", {"processes_blocked"}),
    node("node_procs_running", "system", {"processes_running"}),
    node("node_time_seconds", "system", {"boot_time_seconds", "uptime_seconds"}),
    ofTheHost(kUnix, "node_uname_info", HostLabels::Uname),
    of(kLinux, "node_vmstat_oom_kill", "memory", {"oom_kills_total"}),
    of(kLinux, "node_vmstat_pgfault", "memory", {"page_faults_total"}),
    of(kLinux, "node_vmstat_pgmajfault", "memory", {"major_page_faults_total"}),
    wifi("node_wifi_interface_frequency_hertz", "frequency_hertz", kLinux | kFreeBsd),
    wifi("node_wifi_station_beacon_loss_total", "beacon_losses_total", kLinux),
    wifi("node_wifi_station_receive_bits_per_second", "receive_rate_bytes_per_second", kLinux, kInBits),
    wifi("node_wifi_station_signal_dbm", "signal_dbm", kLinux | kFreeBsd),
    wifi("node_wifi_station_transmit_bits_per_second", "transmit_rate_bytes_per_second", kLinux | kFreeBsd, kInBits),
    wifi("node_wifi_station_transmit_failed_total", "transmit_failures_total", kLinux),
    wifi("node_wifi_station_transmit_retries_total", "transmit_retries_total", kLinux),
    ofTheHost(kAnyOs, "sextant_host_info", HostLabels::Info),
    windowsCpu("dpc", {"softirq_seconds_total"}),
    windowsCpu("idle", {"idle_seconds_total"}),
    windowsCpu("interrupt", {"irq_seconds_total"}),
    windowsCpu("privileged", {"system_seconds_total", "irq_seconds_total", "softirq_seconds_total"}),
    windowsCpu("user", {"user_seconds_total"}),
    windows("windows_cs_logical_processors", "cpu", {"logical_count"}),
    windows("windows_cs_physical_memory_bytes", "memory", {"total_bytes"}),
    volume("windows_logical_disk_free_bytes", "available_bytes"),
    volume("windows_logical_disk_readonly", "read_only"),
    volume("windows_logical_disk_size_bytes", "total_bytes"),
    windows("windows_memory_available_bytes", "memory", {"available_bytes"}),
    windows("windows_memory_cache_bytes", "memory", {"cached_bytes"}),
    windows("windows_memory_commit_limit", "memory", {"commit_limit_bytes"}),
    windows("windows_memory_committed_bytes", "memory", {"committed_bytes"}),
    windows("windows_memory_page_faults_total", "memory", {"page_faults_total"}),
    windows("windows_memory_physical_free_bytes", "memory", {"available_bytes"}),
    windows("windows_memory_physical_total_bytes", "memory", {"total_bytes"}),
    nic("windows_net_bytes_received_total", "receive_bytes_total"),
    nic("windows_net_bytes_sent_total", "transmit_bytes_total"),
    nic("windows_net_current_bandwidth_bytes", "speed_bytes_per_second"),
    nic("windows_net_packets_outbound_discarded_total", "transmit_drops_total"),
    nic("windows_net_packets_outbound_errors_total", "transmit_errors_total"),
    nic("windows_net_packets_received_discarded_total", "receive_drops_total"),
    nic("windows_net_packets_received_errors_total", "receive_errors_total"),
    nic("windows_net_packets_received_total", "receive_packets_total"),
    nic("windows_net_packets_sent_total", "transmit_packets_total"),
    minus(windows("windows_os_paging_free_bytes", "memory", {"swap_total_bytes"}), "swap_used_bytes"),
    windows("windows_os_paging_limit_bytes", "memory", {"swap_total_bytes"}),
    windows("windows_os_physical_memory_free_bytes", "memory", {"available_bytes"}),
    windows("windows_os_processes", "system", {"processes"}),
    windows("windows_os_time", "system", {"boot_time_seconds", "uptime_seconds"}),
    windows("windows_os_users", "system", {"users"}),
    windows("windows_os_visible_memory_bytes", "memory", {"total_bytes"}),
    physicalDisk("windows_physical_disk_read_bytes_total", "read_bytes_total"),
    physicalDisk("windows_physical_disk_read_seconds_total", "read_seconds_total"),
    physicalDisk("windows_physical_disk_reads_total", "reads_total"),
    physicalDisk("windows_physical_disk_requests_queued", "in_flight"),
    physicalDisk("windows_physical_disk_write_bytes_total", "write_bytes_total"),
    physicalDisk("windows_physical_disk_write_seconds_total", "write_seconds_total"),
    physicalDisk("windows_physical_disk_writes_total", "writes_total"),
    windows("windows_system_boot_time_timestamp_seconds", "system", {"boot_time_seconds"}),
    windows("windows_system_context_switches_total", "system", {"context_switches_total"}),
    windows("windows_system_processes", "system", {"processes"}),
    windows("windows_system_system_up_time", "system", {"boot_time_seconds"}),
    windows("windows_system_threads", "system", {"threads"}),
});
static_assert(std::ranges::is_sorted(kTable, {}, &NamedSeries::name));

std::vector<NamedSeries> nameColumns()
{
    static std::vector<std::string> names; // what the series' names point into
    std::vector<NamedSeries> all;
    for (const Family& family : families()) {
        if (family.name == "custom")
            continue;
        for (const Column& column : family.columns) {
            NamedSeries series;
            series.os = column.os;
            series.family = &family;
            series.columns.front() = &column;
            std::ranges::transform(family.labels, series.labels.begin(), [](std::string_view key) {
                return LabelRename{key, key};
            });
            all.push_back(series);
            names.push_back(prometheusName(family, column));
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].name = names[i];
    std::ranges::sort(all, {}, &NamedSeries::name);
    return all;
}

} // namespace

std::span<const NamedSeries> catalogueSeries()
{
    static const std::vector<NamedSeries> all = nameColumns();
    return all;
}

std::span<const NamedSeries> aliases()
{
    return kTable;
}

std::span<const NamedSeries> findNamed(std::span<const NamedSeries> list, std::string_view name)
{
    const auto first = std::ranges::lower_bound(list, name, {}, &NamedSeries::name);
    return {first, std::ranges::upper_bound(list, name, {}, &NamedSeries::name)};
}

} // namespace sextant::metrics

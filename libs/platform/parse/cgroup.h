// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::platform::parse {

/// A container as the name of its cgroup tells it.
struct ContainerGroup {
    std::string id;      ///< 64 hex digits; the cgroup's path for LXC and nspawn, which have none
    std::string name;    ///< of LXC ("web@1000" of that user) and nspawn; empty where only an engine knows it
    std::string runtime; ///< as in Container

    friend bool operator==(const ContainerGroup&, const ContainerGroup&) = default;
};

/// What container the cgroup at this path is ("/system.slice/docker-….scope", from the root of the tree), if it is one:
/// Docker, Podman, containerd and CRI-O by the 64 hex digits, with systemd's scopes and without; LXC, Incus and Proxmox
/// by "lxc.payload.NAME" and "lxc/NAME"; systemd-nspawn by its units below machine.slice. Not the processes beside a
/// container that look after it (conmon, lxc.monitor), nor virtual machines. Source: the names that runc, crun, conmon,
/// the kubelet, liblxc and systemd-machined give.
[[nodiscard]] std::optional<ContainerGroup> containerOfGroup(std::string_view path);

/// "POD_NAMESPACE_CONTAINER-ID.log", as the kubelet calls its links below /var/log/containers: the id and
/// "NAMESPACE/POD/CONTAINER". Nothing for what is none.
struct KubernetesName {
    std::string id;
    std::string name;
};
[[nodiscard]] std::optional<KubernetesName> parseKubernetesLog(std::string_view file);

/// The number behind `key` in lines of "key number": memory.stat, cpu.stat, memory.events, memory.oom_control.
[[nodiscard]] std::optional<std::uint64_t> groupValue(std::string_view text, std::string_view key);

/// A file with one number; nothing for "max", for what version 1 says without a limit (2^63 rounded down to a page) and
/// for any other number past 2^60.
[[nodiscard]] std::optional<std::uint64_t> groupLimit(std::string_view text);

/// CPUs by cpu.max ("150000 100000"); nothing for "max".
[[nodiscard]] std::optional<double> parseCpuMax(std::string_view text);
/// The same by version 1: microseconds of a period, −1 without a limit.
[[nodiscard]] std::optional<double> cpuQuota(std::string_view quota, std::string_view period);

/// Bytes over all devices; layers of devices (a volume on a disk) count each, as in docker stats.
struct GroupIo {
    std::uint64_t readBytes = 0;
    std::uint64_t writeBytes = 0;
};
/// io.stat: "8:0 rbytes=1 wbytes=2 rios=…".
[[nodiscard]] GroupIo parseIoStat(std::string_view text);
/// blkio.throttle.io_service_bytes of version 1: "8:0 Read 1".
[[nodiscard]] GroupIo parseServiceBytes(std::string_view text);

} // namespace sextant::platform::parse

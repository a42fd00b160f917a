// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// Who this machine is: what enrolment tells the server. Read once at start, and after a SIGHUP.
struct HostFacts {
    std::string hostname;
    std::string osFamily;                 ///< "linux", "windows", "freebsd", "darwin"
    std::string osId;                     ///< "debian", "ubuntu"…; "linux" when the system does not say
    std::string osVersion;                ///< "12"; empty for rolling distributions
    std::string osName;                   ///< "Debian GNU/Linux 12 (bookworm)"
    std::string kernel;                   ///< release: "6.1.0-18-amd64"
    std::string architecture;             ///< "x86_64", "aarch64"…
    std::optional<std::string> machineId; ///< stays the same over restarts and renames; 32 hex digits on Linux
    std::optional<std::string> bootId;    ///< changes at each start of the machine
    /// "kvm", "vmware", "microsoft", "xen", "oracle", "qemu", "parallels", "bhyve", "amazon", "google", "firecracker"
    /// or "vm" (one, but which is not known); absent on bare metal or when nothing tells.
    std::optional<std::string> virtualisation;
    /// "docker", "podman", "lxc", "systemd-nspawn", "kubernetes", "wsl", "jail" or "container"; absent outside of one.
    std::optional<std::string> container;
    std::vector<std::string> warnings;
};

/// Reads the facts. Fails only when neither the hostname nor the kernel release can be had. Any thread.
[[nodiscard]] Result<HostFacts> readHostFacts(const Roots& roots);

} // namespace sextant::platform

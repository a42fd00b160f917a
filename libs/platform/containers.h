// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// Of one engine, and of one machine: what is past them is left out, with a warning.
constexpr std::size_t kMaxContainers = 2'000;

/// A container that runs and what it used since it was started; what is not known, and limits that are not set, are
/// absent. No two of a reading have the same name and runtime, which tell it from others over time: one that is made
/// anew under its name, as at each deploy, goes on where the old one ended, which an id or the tag of an image would
/// not let it. Two of one name (of two users, say) have the beginning of their ids behind it.
struct Container {
    std::string id;   ///< the engine's, 64 hex digits; of LXC and nspawn the path of its cgroup
    std::string name; ///< printable ASCII; 12 digits of the id where nobody tells it; of Kubernetes namespace/pod/name
    std::string runtime; ///< "docker", "podman", "containerd", "cri-o", "lxc", "nspawn", "oci" (one of the first four)
    std::chrono::steady_clock::time_point taken; ///< when `cpuTime` was that
    std::optional<std::chrono::nanoseconds> cpuTime;
    std::optional<double> cpuLimit; ///< CPUs
    std::optional<std::chrono::nanoseconds> throttled;
    std::optional<std::uint64_t> memoryUsed; ///< without inactive files, as docker stats says it; bytes
    std::optional<std::uint64_t> memoryLimit;
    std::optional<std::uint64_t> memoryCache; ///< contents of files
    std::optional<std::uint64_t> memoryAnonymous;
    std::optional<std::uint64_t> swapUsed;
    std::optional<std::uint64_t> oomKills;
    std::optional<std::uint64_t> readBytes; ///< of block devices
    std::optional<std::uint64_t> writeBytes;
    std::optional<std::uint64_t> receiveBytes; ///< absent for the host's network; those that share one each have it
    std::optional<std::uint64_t> transmitBytes;
    std::optional<std::uint64_t> pids; ///< and threads; on Windows, processes
    std::optional<std::uint64_t> pidsLimit;
    std::optional<bool> healthy; ///< by its own health check, as the engine tells; absent without one
};

struct ContainersReading {
    std::vector<Container> containers;
    std::vector<std::string> warnings;
};

/// Reads the containers that run: on Linux from the cgroups that the kernel keeps of each, with names from the engines
/// that may be asked; on Windows by what Docker says. What runs inside a container is part of it. An engine is asked on
/// a thread of its own, at most every ten seconds, and never waited for longer than a tenth of a second: a container
/// whose name it still has to tell is left out until it did or failed. NotAvailable where there are none, and on
/// systems where none can be read. One thread at a time.
class ContainersReader {
public:
    explicit ContainersReader(Roots roots);
    ~ContainersReader();
    ContainersReader(const ContainersReader&) = delete;
    ContainersReader& operator=(const ContainersReader&) = delete;

    [[nodiscard]] Result<ContainersReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform

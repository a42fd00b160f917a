// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/container_tree.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// Where the kernel keeps its control groups: version 2, or version 1 with a tree for each controller, in which a
/// container has the same path (also "hybrid", where version 2 has no controllers). Paths without a slash at the end;
/// empty where a controller is not mounted.
struct CgroupTree {
    bool unified = false;
    std::string root; ///< the tree in which containers are looked for
    std::string cpu;  ///< of version 1, as all below
    std::string cpuacct;
    std::string memory;
    std::string blkio;
    std::string pids;

    /// The one mounted below `sys`/fs/cgroup; nothing without any.
    [[nodiscard]] static std::optional<CgroupTree> find(const std::string& sys);
};

/// The containers below the tree's root by path, and not what is below a container. Bounded in depth and in folders.
[[nodiscard]] FoundContainers walkContainers(const CgroupTree& tree);

/// The same, as findContainers() gives them.
[[nodiscard]] FoundContainers findContainers(const Roots& roots, const CgroupTree& tree);

/// The number of a process of the group in this folder, or of one below it, but not of one that looks after it
/// ("supervisor"); 0 when none is seen.
[[nodiscard]] std::uint64_t firstProcess(const std::string& folder);

} // namespace sextant::platform

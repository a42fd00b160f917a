// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/parse/cgroup.h"
#include "platform/roots.h"

#include <string>
#include <vector>

namespace sextant::platform {

/// A container that the kernel knows, by its cgroup.
struct FoundContainer {
    parse::ContainerGroup group; ///< with the name that the kubelet gave it, if it did
    std::string path;            ///< of the cgroup, below the root of its tree
};

struct FoundContainers {
    std::vector<FoundContainer> containers; ///< by path
    bool more = false;                      ///< than kMaxContainers

    /// The ids of those that the machine's engine of that runtime may know, by path. What is below a user's slice is
    /// that user's, whom nobody asks.
    [[nodiscard]] std::vector<std::string> idsOf(const std::string& runtime) const
    {
        std::vector<std::string> ids;
        for (const FoundContainer& one : containers) {
            if ((one.group.runtime == runtime || one.group.runtime == "oci") && !one.path.starts_with("/user.slice/"))
                ids.push_back(one.group.id);
        }
        return ids;
    }
};

/// Those that run, as the system itself tells without any engine; without the containers that only hold a pod of
/// Kubernetes together. Linux: the cgroup tree. Elsewhere empty.
[[nodiscard]] FoundContainers findContainers(const Roots& roots);

} // namespace sextant::platform

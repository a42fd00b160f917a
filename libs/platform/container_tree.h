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
};

/// Those that run, as the system itself tells without any engine; without the containers that only hold a pod of
/// Kubernetes together. Linux: the cgroup tree. Elsewhere empty.
[[nodiscard]] FoundContainers findContainers(const Roots& roots);

} // namespace sextant::platform

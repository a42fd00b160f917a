// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace sextant::platform {

/// Where the readers get what they read. An agent in a container that shall watch its host, and a test that reads a
/// recorded machine, inject other folders than the live ones. A plain value, given to every reader's constructor; paths
/// carry no trailing slash except `root` when it is "/".
struct Roots {
    std::string proc = "/proc";
    std::string sys = "/sys";
    std::string root = "/";
    /// On Windows: the program that is the readers' worker when it is started as `PROGRAM worker` (worker.h). Empty:
    /// what only a worker may ask is not available.
    std::string worker{};

    /// The live roots, each replaced by HOST_PROC, HOST_SYS or HOST_ROOT where that variable is set and not empty. With
    /// HOST_ROOT alone, proc and sys are taken from below it.
    [[nodiscard]] static Roots fromEnvironment();

    /// True when the trees are this system's own. Readers then ask the kernel about themselves ("self"); otherwise they
    /// ask about process 1, whose mounts and network are the host's.
    [[nodiscard]] bool live() const { return proc == "/proc"; }

    /// The absolute path on this system of a path of the watched system: `root` joined with `path`.
    [[nodiscard]] std::string path(const std::string& path) const;
};

} // namespace sextant::platform

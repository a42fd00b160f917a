// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// A program or library that is installed. Texts are UTF-8 as far as their makers wrote it, and empty where nobody
/// tells them.
struct Package {
    std::string name;
    std::string version;
    std::string architecture; ///< the package manager's own word ("amd64", "noarch"); "x86_64" or "x86" on Windows
    std::string publisher;    ///< who made the package, or the program
    std::string manager;      ///< "dpkg", "rpm", "registry", "pkg", "pkgutil", "applications"
    std::string account;      ///< whose it is where it is installed for one account only
    std::optional<std::chrono::sys_seconds> installed; ///< or upgraded, whichever came last
    std::optional<std::uint64_t> bytes;                ///< on disk, as the package says

    friend bool operator==(const Package&, const Package&) = default;
};

struct PackagesReading {
    std::vector<Package> packages; ///< by name, version, architecture and account
    std::vector<std::string> warnings;
};

/// What is installed, by every package manager of the system that is known here. Up to some seconds where a program
/// has to be asked. NotAvailable where there is none. Any thread.
[[nodiscard]] Result<PackagesReading> readPackages(const Roots& roots);

/// Puts them into the order of a reading: two of one machine then differ only where the machine does.
void sortPackages(std::vector<Package>& packages);

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/packages.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sextant::platform::parse {

/// The values of a key below Uninstall in the registry, by which a program says that it is installed. Absent texts are
/// empty.
struct UninstallEntry {
    std::string displayName;
    std::string displayVersion;
    std::string publisher;
    std::string installDate; ///< "20240131"; some write it in the format of their country
    std::string parentKey;   ///< ParentKeyName: it is an update of another one
    std::string releaseType; ///< "Security Update", "Hotfix"…: it is an update, too
    std::uint32_t systemComponent = 0;
    std::optional<std::uint32_t> estimatedKilobytes;
};

/// The program, as "Apps & features" would show it; nothing for parts of others, updates and what has no name.
[[nodiscard]] std::optional<Package> programOf(const UninstallEntry& entry);

} // namespace sextant::platform::parse

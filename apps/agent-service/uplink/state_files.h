// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sextant::agent {

/// Files that only the agent's user may read, in a folder that only he may enter. When root writes them (as `sudo
/// sextant-agent enroll` does), they are given to the owner of the folder, so that the service can read them. All
/// failures name the path: NotFound, Denied, Conflict (exists already), Io.

/// Makes the folder (mode 0700) with its parents, or makes sure that it is one and closed to others.
[[nodiscard]] Result<void> prepareStateDir(const std::string& dir);

/// Writes a new file of mode 0600 and brings it to the disk. Conflict when something is there already.
[[nodiscard]] Result<void> createPrivateFile(const std::string& path, std::string_view bytes);

/// Puts `bytes` in place of the file, all or nothing also when the power fails: temporary file, fsync, rename, fsync.
[[nodiscard]] Result<void> replacePrivateFile(const std::string& path, std::string_view bytes);

/// Reads a file of at most 1 MiB. Denied when others than its owner may read it.
[[nodiscard]] Result<std::string> readPrivateFile(const std::string& path);

/// Tells one version of a file from another: changes whenever the file is replaced. 0 when it does not exist.
[[nodiscard]] std::uint64_t fileVersion(const std::string& path);

} // namespace sextant::agent

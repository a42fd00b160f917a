// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sextant::process {

/// Files and folders that only their owner may enter and read: mode 0600 and 0700; on Windows an access list of its
/// own, not inherited, with the system, the administrators and, when he is none of them, who made it. When root writes
/// them (as `sudo sextant-agent enroll` does), they are given to the owner of the folder, so that the service can read
/// them; on Windows to the service that the folder belongs to, whoever writes. There what another account owns is
/// Denied, too, because he could let himself in (windows/file_owner.h). Paths are UTF-8. All failures name the path:
/// NotFound, Denied, Conflict (exists already), Io.

/// Makes the folder with its parents, or makes sure that it is one and closed to others. What is made in it is
/// private on Windows by inheritance, and so are the parents that were missing.
[[nodiscard]] Result<void> preparePrivateFolder(const std::string& folder);

/// Writes a new file and brings it to the disk. Conflict when something is there already.
[[nodiscard]] Result<void> createPrivateFile(const std::string& path, std::string_view bytes);

/// Makes an empty file where there is none, and closes the one that there is to others.
[[nodiscard]] Result<void> ensurePrivateFile(const std::string& path);

/// Puts `bytes` in place of the file, all or nothing also when the power fails. On Windows a file that somebody holds
/// is waited for, a second at most.
[[nodiscard]] Result<void> replacePrivateFile(const std::string& path, std::string_view bytes);

/// Reads a file of at most 1 MiB. Denied when others may read it.
[[nodiscard]] Result<std::string> readPrivateFile(const std::string& path);

/// Tells one version of a file from another: changes whenever the file is replaced. 0 when it does not exist.
[[nodiscard]] std::uint64_t fileVersion(const std::string& path);

/// Waits until what was written to the file, by whomever, is on the disk.
[[nodiscard]] Result<void> syncFile(const std::string& path);

} // namespace sextant::process

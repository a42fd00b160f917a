// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// One line of /proc/<pid>/mountinfo (proc_pid_mountinfo(5)), octal escapes undone.
struct Mount {
    unsigned id = 0;
    unsigned parent = 0;
    unsigned major = 0; ///< of the device; 0 where the file system has no one device
    unsigned minor = 0;
    std::string root; ///< what of the file system is mounted: "/" or a folder bound here
    std::string mountPoint;
    std::string options; ///< of this mount
    std::string type;    ///< "ext4", "fuse.sshfs"
    std::string source;
    std::string superOptions; ///< of the file system

    /// True when this mount or its file system is read-only.
    [[nodiscard]] bool readOnly() const;
};

/// Parses the table, in its order. A line that does not follow the format (the last one of a table cut short) is left
/// out and counted in `broken`. Malformed when there is no whole line at all.
struct MountTable {
    std::vector<Mount> mounts;
    std::size_t broken = 0;
};
[[nodiscard]] Result<MountTable> parseMountInfo(std::string_view text);

/// The types of /proc/filesystems that need no device ("nodev") and those that do (proc_filesystems(5)).
struct FileSystemTypes {
    std::vector<std::string> withoutDevice;
    std::vector<std::string> onDevice;
};
[[nodiscard]] FileSystemTypes parseFileSystemTypes(std::string_view text);

/// `\040` and the like become the bytes they stand for; anything else stays.
[[nodiscard]] std::string withoutOctalEscapes(std::string_view text);

/// True when the comma-separated list holds `option`.
[[nodiscard]] bool hasOption(std::string_view list, std::string_view option);

} // namespace sextant::platform::parse

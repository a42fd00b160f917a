// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/disks.h"
#include "platform/parse/mountinfo.h"

#include <string_view>
#include <vector>

namespace sextant::platform::parse {

/// What a mount's file system is kept on. The evidence, in this order: a device number (major not 0) means a block
/// device; a type that the kernel lists as needing a device has one (btrfs); the source says server and path
/// (`host:/path`,
/// `//server/share`, `user@host:`) or the options an address; then the few types that give no such evidence are known
/// by name (zfs and ubifs are disks; 9p, virtiofs, beegfs are other machines). Everything else without a device is
/// pseudo. An overlay is a disk where it is the root (a container's), else a view of a disk that is listed by itself.
[[nodiscard]] FileSystemKind classifyMount(const Mount& mount, const FileSystemTypes& types);

/// The mounts to report, one per file system, by mount point: pseudo ones left out, and of several mounts of one device
/// (binds, subvolumes) the one at "/", else one of the whole file system, else the shortest mount point. A mount that
/// another one hides (same mount point, later in the table) is left out.
struct ClassifiedMount {
    const Mount* mount = nullptr; ///< in the table given
    FileSystemKind kind = FileSystemKind::Disk;
};
[[nodiscard]] std::vector<ClassifiedMount> distinctMounts(
    const std::vector<Mount>& mounts, const FileSystemTypes& types);

} // namespace sextant::platform::parse

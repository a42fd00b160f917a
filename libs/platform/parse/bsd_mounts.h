// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/disks.h"
#include "platform/parse/raw_bytes.h"

#include <cstddef>
#include <vector>

namespace sextant::platform::parse {

/// Where in a struct statfs (<sys/mount.h>) the facts of a mount lie. Offsets and sizes in bytes; names are NUL-ended;
/// counts of blocks and files have 64 bits.
struct MountLayout {
    std::size_t size;
    std::size_t blockSize;
    std::size_t blockSizeSize; ///< 4 or 8
    std::size_t blocks, freeBlocks, availableBlocks, files, freeFiles;
    std::size_t flags;
    std::size_t flagsSize; ///< 4 or 8
    std::size_t type;      ///< 16 bytes
    std::size_t device;    ///< 1024 bytes, as is the mount point
    std::size_t mountPoint;
    std::uint64_t hidden; ///< the flag of mounts that are not for people; 0 where there is none
};

/// FreeBSD 14, version 0x20140518 of the structure.
inline constexpr MountLayout kFreeBsdMount{.size = 2344,
    .blockSize = 16,
    .blockSizeSize = 8,
    .blocks = 32,
    .freeBlocks = 40,
    .availableBlocks = 48,
    .files = 56,
    .freeFiles = 64,
    .flags = 8,
    .flagsSize = 8,
    .type = 280,
    .device = 296,
    .mountPoint = 1320,
    .hidden = 0};

/// macOS, with 64-bit inodes. Hidden is MNT_DONTBROWSE: /dev, the system's own volumes, the automounter's.
inline constexpr MountLayout kDarwinMount{.size = 2168,
    .blockSize = 0,
    .blockSizeSize = 4,
    .blocks = 8,
    .freeBlocks = 16,
    .availableBlocks = 24,
    .files = 32,
    .freeFiles = 40,
    .flags = 64,
    .flagsSize = 4,
    .type = 72,
    .device = 1112,
    .mountPoint = 88,
    .hidden = 0x0010'0000};

/// The mounts that getfsstat(2) listed, by mount point, without space. Local by the kernel's flag MNT_LOCAL, the rest
/// are network; then by type: tmpfs is memory, cd9660 and udf are images, devfs, procfs, autofs and the like are
/// pseudo, as is nullfs (a view of another file system) and what is hidden. Of several mounts of one ZFS dataset or
/// device only the shortest mount point is kept. Pseudo ones are left out. Malformed when the bytes are not whole
/// structures.
[[nodiscard]] Result<std::vector<FileSystem>> parseMounts(RawBytes bytes, const MountLayout& layout);

/// The space in what statfs(2) says. Where root took what is kept for it, FreeBSD counts the blocks for others below 0:
/// none are available then. NotAvailable for a mount without a size, as pseudo file systems are; Malformed when the
/// bytes are not one whole structure, or more than 64 bits can count.
[[nodiscard]] Result<FileSystemSpace> parseSpace(RawBytes bytes, const MountLayout& layout);

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/bsd_mounts.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sextant::platform::parse {
namespace {

// <sys/mount.h>, the same numbers on both systems.
constexpr std::uint64_t kReadOnly = 0x1;
constexpr std::uint64_t kLocal = 0x1000;

constexpr auto kPseudoTypes = std::to_array<std::string_view>({"autofs", "devfs", "fdescfs", "fdesc", "linprocfs",
    "linsysfs", "lindebugfs", "mqueuefs", "nullfs", "procfs", "volfs"});
constexpr auto kImageTypes = std::to_array<std::string_view>({"cd9660", "udf"});

/// A number of 4 or 8 bytes.
std::uint64_t wideOrNarrow(RawBytes bytes, std::size_t offset, std::size_t size)
{
    return size == sizeof(std::uint32_t) ? numberAt<std::uint32_t>(bytes, offset)
                                         : numberAt<std::uint64_t>(bytes, offset);
}

FileSystemKind kindOf(const std::string& type, std::uint64_t flags, const MountLayout& layout)
{
    if (std::ranges::find(kPseudoTypes, type) != kPseudoTypes.end() || (flags & layout.hidden) != 0)
        return FileSystemKind::Pseudo;
    if (type == "tmpfs")
        return FileSystemKind::Memory;
    if (std::ranges::find(kImageTypes, type) != kImageTypes.end())
        return FileSystemKind::Image;
    return (flags & kLocal) != 0 ? FileSystemKind::Disk : FileSystemKind::Network;
}

FileSystem fileSystemOf(RawBytes mount, const MountLayout& layout)
{
    constexpr std::size_t kTypeSize = 16;
    constexpr std::size_t kPathSize = 1024;
    const std::uint64_t flags = wideOrNarrow(mount, layout.flags, layout.flagsSize);
    FileSystem fileSystem;
    fileSystem.mountPoint = textAt(mount, layout.mountPoint, kPathSize);
    fileSystem.device = textAt(mount, layout.device, kPathSize);
    fileSystem.type = textAt(mount, layout.type, kTypeSize);
    fileSystem.kind = kindOf(fileSystem.type, flags, layout);
    fileSystem.readOnly = (flags & kReadOnly) != 0;
    return fileSystem;
}

} // namespace

Result<std::vector<FileSystem>> parseMounts(RawBytes bytes, const MountLayout& layout)
{
    if (bytes.size() % layout.size != 0)
        return fail(ErrorCode::Malformed, "getfsstat does not give whole file systems");
    std::vector<FileSystem> found;
    for (std::size_t at = 0; at < bytes.size(); at += layout.size) {
        FileSystem fileSystem = fileSystemOf(bytes.subspan(at, layout.size), layout);
        if (fileSystem.kind != FileSystemKind::Pseudo)
            found.push_back(std::move(fileSystem));
    }
    std::ranges::stable_sort(found, {}, [](const FileSystem& fileSystem) { return fileSystem.mountPoint.size(); });
    std::vector<FileSystem> distinct;
    for (FileSystem& fileSystem : found) {
        // Every tmpfs is called "tmpfs": it is no device that could be mounted twice.
        const bool again = fileSystem.kind != FileSystemKind::Memory &&
                           std::ranges::find(distinct, fileSystem.device, &FileSystem::device) != distinct.end();
        if (!again)
            distinct.push_back(std::move(fileSystem));
    }
    std::ranges::sort(distinct, {}, &FileSystem::mountPoint);
    return distinct;
}

Result<FileSystemSpace> parseSpace(RawBytes bytes, const MountLayout& layout)
{
    if (bytes.size() != layout.size)
        return fail(ErrorCode::Malformed, "statfs does not give a whole file system");
    const auto blocks = numberAt<std::uint64_t>(bytes, layout.blocks);
    if (blocks == 0)
        return fail(ErrorCode::NotAvailable, "it has no size");
    // Of the whole at most, and not below 0: some of the fields are signed on FreeBSD.
    const auto partOf = [bytes](std::uint64_t whole, std::size_t offset) {
        const auto part = std::max(std::int64_t{0}, numberAt<std::int64_t>(bytes, offset));
        return std::min(whole, static_cast<std::uint64_t>(part));
    };
    const std::uint64_t block = wideOrNarrow(bytes, layout.blockSize, layout.blockSizeSize);
    if (block == 0 || blocks > std::numeric_limits<std::uint64_t>::max() / block)
        return fail(ErrorCode::Malformed, "statfs tells of blocks of no possible size");
    FileSystemSpace space;
    space.total = blocks * block;
    space.used = (blocks - partOf(blocks, layout.freeBlocks)) * block;
    space.available = partOf(blocks, layout.availableBlocks) * block;
    if (const auto files = numberAt<std::uint64_t>(bytes, layout.files); files > 0) {
        space.inodes = files;
        space.inodesUsed = files - partOf(files, layout.freeFiles);
    }
    return space;
}

} // namespace sextant::platform::parse

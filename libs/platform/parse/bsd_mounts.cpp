// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/bsd_mounts.h"

#include <algorithm>
#include <array>

namespace sextant::platform::parse {
namespace {

// <sys/mount.h>, the same numbers on both systems.
constexpr std::uint64_t kReadOnly = 0x1;
constexpr std::uint64_t kLocal = 0x1000;

constexpr auto kPseudoTypes = std::to_array<std::string_view>({"autofs", "devfs", "fdescfs", "fdesc", "linprocfs",
    "linsysfs", "lindebugfs", "mqueuefs", "nullfs", "procfs", "volfs"});
constexpr auto kImageTypes = std::to_array<std::string_view>({"cd9660", "udf"});

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
    const std::uint64_t flags = layout.flagsSize == sizeof(std::uint32_t)
                                    ? numberAt<std::uint32_t>(mount, layout.flags)
                                    : numberAt<std::uint64_t>(mount, layout.flags);
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

} // namespace sextant::platform::parse

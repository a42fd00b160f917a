// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mount_classes.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <unordered_map>

namespace sextant::platform::parse {
namespace {

using Name = std::string_view;

template <std::size_t N>
bool contains(const std::array<Name, N>& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

/// Always full by design, and never written.
constexpr auto kImages = std::to_array<Name>({"squashfs", "erofs", "cramfs", "romfs", "iso9660", "udf"});
/// On local storage, though they have no device number and the kernel lists them as needing no device.
constexpr auto kDisksWithoutDevice = std::to_array<Name>({"zfs", "ubifs", "bcachefs", "btrfs", "apfs"});
/// On another machine (or on the host of a virtual one), with a source that does not show it.
constexpr auto kRemote =
    std::to_array<Name>({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "coda", "ceph", "lustre", "beegfs", "gpfs",
        "orangefs", "pvfs2", "glusterfs", "ncpfs", "panfs", "9p", "virtiofs", "vboxsf", "prl_fs", "vmhgfs"});
constexpr auto kRemoteFuse = std::to_array<Name>({"sshfs", "s3fs", "rclone", "glusterfs", "ceph-fuse", "ceph",
    "gcsfuse", "goofys", "mountpoint-s3", "blobfuse", "blobfuse2", "juicefs", "JuiceFS", "curlftpfs", "davfs", "davfs2",
    "moosefs", "mfsmount", "lizardfs", "seaweedfs", "vmhgfs-fuse", "xrootdfs", "cvmfs2", "gpfs", "smbnetfs"});
/// Windows into a session or a program; nothing is kept there.
constexpr auto kPseudoFuse =
    std::to_array<Name>({"gvfsd-fuse", "portal", "lxcfs", "archivemount", "fuse-archive", "snapfuse", "squashfuse",
        "AppImage", "bindfs", "rofiles-fuse", "jmtpfs", "gphotofs", "unionfs-fuse", "revokefs-fuse"});
constexpr auto kOverlays = std::to_array<Name>({"overlay", "overlayfs", "aufs", "unionfs", "fuse-overlayfs"});

/// "host:/path", "user@host:", "[2001:db8::1]:/path", "mon1:6789,mon2:6789:/": a colon before the first slash.
bool namesServer(std::string_view source)
{
    if (source.starts_with("//") || source.starts_with("\\\\"))
        return source.size() > 2;
    const std::size_t colon = source.find(':');
    return colon != std::string_view::npos && colon > 0 && source.find('/') > colon;
}

bool listed(const std::vector<std::string>& types, std::string_view type)
{
    return std::ranges::find(types, type) != types.end();
}

FileSystemKind classifyFuse(std::string_view subtype, const Mount& mount)
{
    if (contains(kOverlays, subtype))
        return mount.mountPoint == "/" ? FileSystemKind::Disk : FileSystemKind::Pseudo;
    if (contains(kRemoteFuse, subtype))
        return FileSystemKind::Network;
    if (contains(kPseudoFuse, subtype))
        return FileSystemKind::Pseudo;
    // A set of paths "/a:/b" (mergerfs) begins with a slash and so names no server.
    return namesServer(mount.source) ? FileSystemKind::Network : FileSystemKind::Disk;
}

FileSystemKind classifyWithoutDevice(const Mount& mount, const FileSystemTypes& types)
{
    if (mount.type == "autofs")
        return FileSystemKind::Pseudo; // asking it would mount what is behind it
    if (mount.type == "fuse" || mount.type.starts_with("fuse."))
        return classifyFuse(mount.type.size() > 5 ? std::string_view(mount.type).substr(5) : "", mount);
    if (contains(kDisksWithoutDevice, mount.type) || listed(types.onDevice, mount.type))
        return FileSystemKind::Disk;
    if (contains(kRemote, mount.type) || namesServer(mount.source))
        return FileSystemKind::Network;
    if (mount.type == "tmpfs" || mount.type == "ramfs")
        return FileSystemKind::Memory;
    if (contains(kOverlays, mount.type))
        return mount.mountPoint == "/" ? FileSystemKind::Disk : FileSystemKind::Pseudo;
    if (mount.type != "devtmpfs" && mount.source.starts_with("/dev/"))
        return FileSystemKind::Disk;
    return FileSystemKind::Pseudo;
}

/// Smaller is better; see distinctMounts().
auto rank(const Mount& mount)
{
    return std::tuple(
        mount.mountPoint != "/", mount.root != "/", mount.mountPoint.size(), std::string_view(mount.mountPoint));
}

} // namespace

FileSystemKind classifyMount(const Mount& mount, const FileSystemTypes& types)
{
    if (contains(kImages, mount.type))
        return FileSystemKind::Image;
    if (mount.major != 0)
        return FileSystemKind::Disk;
    return classifyWithoutDevice(mount, types);
}

std::vector<ClassifiedMount> distinctMounts(const std::vector<Mount>& mounts, const FileSystemTypes& types)
{
    std::unordered_map<std::string_view, const Mount*> visible; // by mount point; the last one hides the others
    for (const Mount& mount : mounts)
        visible[mount.mountPoint] = &mount;

    std::unordered_map<std::uint64_t, ClassifiedMount> byDevice;
    for (const Mount& mount : mounts) {
        if (visible[mount.mountPoint] != &mount)
            continue;
        const FileSystemKind kind = classifyMount(mount, types);
        if (kind == FileSystemKind::Pseudo)
            continue;
        const std::uint64_t device = (std::uint64_t(mount.major) << 32) | mount.minor;
        const auto [entry, isNew] = byDevice.try_emplace(device, ClassifiedMount{&mount, kind});
        if (!isNew && rank(mount) < rank(*entry->second.mount))
            entry->second = {&mount, kind};
    }
    std::vector<ClassifiedMount> chosen;
    chosen.reserve(byDevice.size());
    for (const auto& [device, mount] : byDevice)
        chosen.push_back(mount);
    std::ranges::sort(
        chosen, {}, [](const ClassifiedMount& mount) { return std::string_view(mount.mount->mountPoint); });
    return chosen;
}

} // namespace sextant::platform::parse

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/volumes.h"

#include "platform/parse/utf16.h"
#include "platform/parse/windows_volumes.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>

namespace sextant::platform {
namespace {

constexpr std::size_t kPathRoom = 32'768; // the longest path

FileSystemKind kindOf(UINT driveType)
{
    switch (driveType) {
    case DRIVE_REMOTE:
        return FileSystemKind::Network;
    case DRIVE_RAMDISK:
        return FileSystemKind::Memory;
    case DRIVE_CDROM:
        return FileSystemKind::Image;
    case DRIVE_FIXED:
    case DRIVE_REMOVABLE:
        return FileSystemKind::Disk;
    default:
        return FileSystemKind::Pseudo;
    }
}

std::vector<std::string> pathsOf(const wchar_t* volume)
{
    std::wstring paths(kPathRoom, L'\0');
    DWORD units = 0;
    if (::GetVolumePathNamesForVolumeNameW(volume, paths.data(), static_cast<DWORD>(paths.size()), &units) == 0)
        return {}; // it went, or has more paths than can be of use
    return parse::splitTexts(asUnits(std::wstring_view(paths).substr(0, units)));
}

std::optional<FileSystem> volumeOf(const wchar_t* name)
{
    auto mountPoint = parse::mountPointOf(pathsOf(name));
    if (!mountPoint)
        return std::nullopt;
    FileSystem volume;
    volume.mountPoint = std::move(*mountPoint);
    volume.device = toUtf8(name);
    if (volume.device.ends_with('\\'))
        volume.device.pop_back();
    volume.kind = kindOf(::GetDriveTypeW(toWide(volume.mountPoint + '\\').c_str()));
    return volume;
}

/// A drive letter that stands for a share; the volumes of this machine were listed before.
std::optional<FileSystem> networkDriveOf(wchar_t letter)
{
    const std::array<wchar_t, 4> root{letter, L':', L'\\', L'\0'};
    if (::GetDriveTypeW(root.data()) != DRIVE_REMOTE)
        return std::nullopt;
    FileSystem drive;
    drive.mountPoint = toUtf8(std::wstring_view(root.data(), 2));
    drive.kind = FileSystemKind::Network;
    const std::array<wchar_t, 3> name{letter, L':', L'\0'};
    std::wstring target(kPathRoom, L'\0');
    ::QueryDosDeviceW(name.data(), target.data(), static_cast<DWORD>(target.size()));
    drive.device = parse::shareOf(toUtf8(target.c_str())).value_or(drive.mountPoint);
    return drive;
}

} // namespace

Result<std::vector<FileSystem>> listVolumes()
{
    std::array<wchar_t, 64> name{}; // \\?\Volume{GUID}\ has 49
    const HANDLE search = ::FindFirstVolumeW(name.data(), static_cast<DWORD>(name.size()));
    if (search == INVALID_HANDLE_VALUE)
        return tl::unexpected(lastError("the list of volumes"));
    std::vector<FileSystem> volumes;
    do {
        if (auto volume = volumeOf(name.data()))
            volumes.push_back(std::move(*volume));
    } while (::FindNextVolumeW(search, name.data(), static_cast<DWORD>(name.size())) != 0);
    ::FindVolumeClose(search);

    const DWORD letters = ::GetLogicalDrives();
    for (unsigned i = 0; i < 26; ++i) {
        if ((letters >> i & 1) == 0)
            continue;
        auto drive = networkDriveOf(static_cast<wchar_t>(L'A' + i));
        if (drive && std::ranges::find(volumes, drive->mountPoint, &FileSystem::mountPoint) == volumes.end())
            volumes.push_back(std::move(*drive));
    }
    std::erase_if(volumes, [](const FileSystem& volume) { return volume.kind == FileSystemKind::Pseudo; });
    std::ranges::sort(volumes, {}, &FileSystem::mountPoint);
    return volumes;
}

struct VolumeFacts::Shared {
    struct Facts {
        std::string type;
        bool readOnly = false;
    };
    std::mutex mutex;
    std::map<std::string, Facts> byMountPoint;

    [[nodiscard]] Result<FileSystemSpace> ask(const std::string& mountPoint);
};

/// Runs on the prober's threads. An empty card reader is NotAvailable, and says so without a dialogue on the screen.
Result<FileSystemSpace> VolumeFacts::Shared::ask(const std::string& mountPoint)
{
    ::SetThreadErrorMode(SEM_FAILCRITICALERRORS, nullptr);
    const std::wstring root = toWide(mountPoint + '\\');
    std::array<wchar_t, MAX_PATH + 1> type{};
    DWORD flags = 0;
    if (::GetVolumeInformationW(
            root.c_str(), nullptr, 0, nullptr, nullptr, &flags, type.data(), static_cast<DWORD>(type.size())) == 0)
        return tl::unexpected(lastError(mountPoint));
    {
        const std::lock_guard lock(mutex);
        byMountPoint[mountPoint] = {toUtf8(type.data()), (flags & FILE_READ_ONLY_VOLUME) != 0};
    }
    ULARGE_INTEGER available{};
    ULARGE_INTEGER total{};
    ULARGE_INTEGER free{};
    if (::GetDiskFreeSpaceExW(root.c_str(), &available, &total, &free) == 0)
        return tl::unexpected(lastError("the space of " + mountPoint));
    FileSystemSpace space;
    space.total = total.QuadPart;
    space.used = total.QuadPart - std::min(total.QuadPart, free.QuadPart);
    space.available = std::min(available.QuadPart, total.QuadPart);
    return space;
}

VolumeFacts::VolumeFacts() : m_shared(std::make_shared<Shared>()) {}

FileSystemProbe VolumeFacts::probe() const
{
    return [shared = m_shared](const std::string& mountPoint) { return shared->ask(mountPoint); };
}

void VolumeFacts::fillIn(FileSystem& volume) const
{
    const std::lock_guard lock(m_shared->mutex);
    const auto known = m_shared->byMountPoint.find(volume.mountPoint);
    if (known == m_shared->byMountPoint.end())
        return;
    volume.type = known->second.type;
    volume.readOnly = known->second.readOnly;
}

} // namespace sextant::platform

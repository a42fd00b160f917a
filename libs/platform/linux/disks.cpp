// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/disks.h"

#include "platform/file_system_prober.h"
#include "platform/linux/kernel_file.h"
#include "platform/parse/key_values.h"
#include "platform/parse/mount_classes.h"
#include "platform/parse/mountinfo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <unordered_map>

namespace sextant::platform {
namespace {

/// statvfs(3). NotAvailable for a mount that has no size, or is of a single file (a container's /etc/hosts).
Result<FileSystemSpace> statFileSystem(const std::string& path)
{
    // One descriptor for both calls: a path that is replaced in between is not asked twice.
    const Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place.isOpen())
        return tl::unexpected(errorFor(errno, path));
    struct stat kind {};
    if (::fstat(place.number(), &kind) == 0 && !S_ISDIR(kind.st_mode))
        return fail(ErrorCode::NotAvailable, path + " is a single file mounted by itself");
    struct statvfs stat {};
    int status = 0;
    do {
        status = ::fstatvfs(place.number(), &stat);
    } while (status != 0 && errno == EINTR);
    if (status != 0)
        return tl::unexpected(errorFor(errno, path));
    if (stat.f_blocks == 0)
        return fail(ErrorCode::NotAvailable, path + " has no size");
    const std::uint64_t block = stat.f_frsize;
    FileSystemSpace space;
    space.total = stat.f_blocks * block;
    space.used = (stat.f_blocks - std::min(stat.f_bfree, stat.f_blocks)) * block;
    space.available = std::min(stat.f_bavail, stat.f_blocks) * block;
    if (stat.f_files > 0) {
        space.inodes = stat.f_files;
        space.inodesUsed = stat.f_files - std::min(stat.f_ffree, stat.f_files);
    }
    return space;
}

/// The block device's own name where the mount table only says "/dev/root".
std::string deviceOf(const parse::Mount& mount, const Roots& roots)
{
    if (mount.source != "/dev/root" && mount.source != "rootfs")
        return mount.source;
    const auto event = readWhole(
        roots.sys + "/dev/block/" + std::to_string(mount.major) + ':' + std::to_string(mount.minor) + "/uevent");
    const std::string name = event ? parse::keyValue(*event, "DEVNAME") : std::string();
    return name.empty() ? mount.source : "/dev/" + name;
}

/// Gives each mount the options that process 1 sees it with: a service manager may show the agent every file system as
/// read-only (systemd's ProtectSystem=strict), which the machine's are not.
void takeOptions(parse::MountTable& own, const parse::MountTable& first)
{
    std::unordered_map<std::string_view, const parse::Mount*> byPoint;
    for (const parse::Mount& mount : first.mounts)
        byPoint[mount.mountPoint] = &mount;
    for (parse::Mount& mount : own.mounts) {
        const auto same = byPoint.find(mount.mountPoint);
        if (same != byPoint.end() && same->second->major == mount.major && same->second->minor == mount.minor &&
            same->second->root == mount.root)
            mount.options = same->second->options;
    }
}

} // namespace

struct DisksReader::State {
    State(Roots roots_, DisksOptions options_)
        : roots(std::move(roots_)),
          options(std::move(options_)),
          firstTable(roots.proc + "/1/mountinfo"),
          ownTable(roots.proc + "/self/mountinfo"),
          types(roots.proc + "/filesystems"),
          prober(options.probe ? options.probe : statFileSystem, options.deadline, options.maxStuckThreads)
    {
    }

    [[nodiscard]] Result<parse::MountTable> mounts(std::vector<std::string>& warnings);
    [[nodiscard]] bool isWanted(FileSystemKind kind) const;

    const Roots roots;
    const DisksOptions options;
    KernelFile firstTable;
    KernelFile ownTable;
    KernelFile types;
    FileSystemProber prober;
};

/// The watched system's mount table; where that is not readable, the table that this process sees.
Result<parse::MountTable> DisksReader::State::mounts(std::vector<std::string>& warnings)
{
    auto parsed = firstTable.read().and_then(parse::parseMountInfo);
    if (roots.live()) {
        auto own = ownTable.read().and_then(parse::parseMountInfo);
        if (own && parsed)
            takeOptions(*own, *parsed);
        parsed = std::move(own);
    } else if (!parsed) {
        warnings.push_back(parsed.error().message + "; listing the mounts that the agent itself sees");
        parsed = ownTable.read().and_then(parse::parseMountInfo);
    }
    if (parsed && parsed->broken > 0)
        warnings.push_back(std::to_string(parsed->broken) + " lines of the mount table do not follow its format");
    return parsed;
}

bool DisksReader::State::isWanted(FileSystemKind kind) const
{
    return kind == FileSystemKind::Disk || kind == FileSystemKind::Network ||
           (kind == FileSystemKind::Memory && options.includeMemory) ||
           (kind == FileSystemKind::Image && options.includeImages);
}

DisksReader::DisksReader(Roots roots, DisksOptions options)
    : m_state(std::make_unique<State>(std::move(roots), std::move(options)))
{
}

DisksReader::~DisksReader() = default;

std::size_t DisksReader::stuckThreads() const
{
    return m_state->prober.stuckThreads();
}

Result<DisksReading> DisksReader::read()
{
    DisksReading reading;
    const auto table = m_state->mounts(reading.warnings);
    if (!table)
        return tl::unexpected(table.error());
    const auto typesText = m_state->types.read();
    if (!typesText)
        reading.warnings.push_back(typesText.error().message);

    std::vector<std::string> paths;
    for (const auto& [mount, kind] :
        parse::distinctMounts(table->mounts, parse::parseFileSystemTypes(typesText.value_or("")))) {
        if (!m_state->isWanted(kind))
            continue;
        FileSystem fileSystem;
        fileSystem.mountPoint = mount->mountPoint;
        fileSystem.device = deviceOf(*mount, m_state->roots);
        fileSystem.type = mount->type;
        fileSystem.kind = kind;
        fileSystem.readOnly = mount->readOnly();
        paths.push_back(m_state->roots.path(mount->mountPoint));
        reading.fileSystems.push_back(std::move(fileSystem));
    }

    auto answers = m_state->prober.ask(paths);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        FileSystem& fileSystem = reading.fileSystems[i];
        fileSystem.responding = answers[i].has_value();
        if (answers[i] && *answers[i])
            fileSystem.space = **answers[i];
        else if (answers[i] && answers[i]->error().code == ErrorCode::NotAvailable)
            continue; // nothing of its own to report
        else if (answers[i])
            reading.warnings.push_back(answers[i]->error().message);
        if (kept != i)
            reading.fileSystems[kept] = std::move(fileSystem);
        ++kept;
    }
    reading.fileSystems.resize(kept);
    return reading;
}

} // namespace sextant::platform

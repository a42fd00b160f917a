// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/disks.h"

#include "platform/bsd/layout.h"
#include "platform/bsd/sysctl.h"
#include "platform/file_system_prober.h"

#include <sys/mount.h>
#include <sys/param.h>

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <utility>

namespace sextant::platform {
namespace {

/// Some of the fields are signed on FreeBSD, where what root took beyond the reserve makes them negative.
std::uint64_t notNegative(std::integral auto count)
{
    return std::cmp_less(count, 0) ? 0 : static_cast<std::uint64_t>(count);
}

/// statfs(2). NotAvailable for a mount that has no size.
Result<FileSystemSpace> statFileSystem(const std::string& path)
{
    struct statfs stat {};
    int status = 0;
    do {
        status = ::statfs(path.c_str(), &stat);
    } while (status != 0 && errno == EINTR);
    if (status != 0)
        return tl::unexpected(errorFor(errno, path));
    if (stat.f_blocks == 0)
        return fail(ErrorCode::NotAvailable, path + " has no size");
    const std::uint64_t block = stat.f_bsize;
    FileSystemSpace space;
    space.total = stat.f_blocks * block;
    space.used = (stat.f_blocks - std::min<std::uint64_t>(stat.f_bfree, stat.f_blocks)) * block;
    space.available = std::min<std::uint64_t>(notNegative(stat.f_bavail), stat.f_blocks) * block;
    if (stat.f_files > 0) {
        space.inodes = stat.f_files;
        space.inodesUsed = stat.f_files - std::min<std::uint64_t>(notNegative(stat.f_ffree), stat.f_files);
    }
    return space;
}

/// What the kernel knows of its mounts without asking any of them.
Result<std::vector<std::byte>> mountTable()
{
    constexpr int kRoom = 8; // more than there were when they were counted
    const int count = ::getfsstat(nullptr, 0, MNT_NOWAIT);
    if (count < 0)
        return tl::unexpected(errorFor(errno, "the mount table"));
    std::vector<std::byte> bytes(static_cast<std::size_t>(count + kRoom) * sizeof(struct statfs));
    const int filled =
        ::getfsstat(reinterpret_cast<struct statfs*>(bytes.data()), static_cast<int>(bytes.size()), MNT_NOWAIT);
    if (filled < 0)
        return tl::unexpected(errorFor(errno, "the mount table"));
    bytes.resize(static_cast<std::size_t>(filled) * sizeof(struct statfs));
    return bytes;
}

} // namespace

struct DisksReader::State {
    explicit State(DisksOptions options_)
        : options(std::move(options_)),
          prober(options.probe ? options.probe : statFileSystem, options.deadline, options.maxStuckThreads)
    {
    }

    const DisksOptions options;
    FileSystemProber prober;
};

DisksReader::DisksReader(Roots, DisksOptions options) : m_state(std::make_unique<State>(std::move(options))) {}

DisksReader::~DisksReader() = default;

std::size_t DisksReader::stuckThreads() const
{
    return m_state->prober.stuckThreads();
}

Result<DisksReading> DisksReader::read()
{
    auto mounts = mountTable().and_then(
        [](const std::vector<std::byte>& bytes) { return parse::parseMounts(bytes, mountLayout()); });
    if (!mounts)
        return tl::unexpected(mounts.error());
    return probed(std::move(*mounts), m_state->options, m_state->prober);
}

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/disks.h"

#include "platform/bsd/layout.h"
#include "platform/bsd/sysctl.h"
#include "platform/file_system_prober.h"

#include <sys/mount.h>
#include <sys/param.h>

#include <cerrno>
#include <span>
#include <utility>

namespace sextant::platform {
namespace {

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
    return parse::parseSpace(std::as_bytes(std::span(&stat, 1)), mountLayout()).map_error([&path](const Error& error) {
        return Error{error.code, path + ": " + error.message};
    });
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

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// What a file system is kept on, decided by evidence (device number, source, the kernel's own list), not by name
/// alone.
enum class FileSystemKind {
    Disk,    ///< a local device, or a pool of them
    Network, ///< another machine
    Memory,  ///< this machine's memory: tmpfs. Left out unless asked for
    Image,   ///< a packed, always full, read-only image: squashfs, iso9660. Left out unless asked for
    Pseudo,  ///< nowhere: a window into the kernel, or a view of file systems listed elsewhere. Never reported
};

/// Space of one file system in bytes and inodes. `used` + `available` may be less than `total`: root's reserve.
struct FileSystemSpace {
    std::uint64_t total = 0;
    std::uint64_t used = 0;
    std::uint64_t available = 0;         ///< to ordinary users
    std::optional<std::uint64_t> inodes; ///< absent where there is no fixed number
    std::optional<std::uint64_t> inodesUsed;

    [[nodiscard]] std::optional<double> usedPercent() const; ///< of used + available, as df counts
    [[nodiscard]] std::optional<double> inodesUsedPercent() const;
};

/// One mounted file system, once, however often it is mounted or bound.
struct FileSystem {
    std::string mountPoint; ///< as the watched system sees it
    std::string device;     ///< "/dev/mapper/vg-home", "server:/export", "tank/data", …
    std::string type;       ///< "ext4", "nfs4", "fuse.sshfs", …
    FileSystemKind kind = FileSystemKind::Disk;
    bool readOnly = false;
    bool responding = true;               ///< false: did not answer within the deadline, now or earlier
    std::optional<FileSystemSpace> space; ///< absent when not responding or refused

    [[nodiscard]] bool remote() const { return kind == FileSystemKind::Network; }
};

struct DisksReading {
    std::vector<FileSystem> fileSystems; ///< by mount point
    std::vector<std::string> warnings;
};

/// The call that asks one mount for its space. It may block for ever: that is what the deadline is for. Called on
/// threads of the reader's, never on the caller's. A test injects its own.
using FileSystemProbe = std::function<Result<FileSystemSpace>(const std::string& path)>;

struct DisksOptions {
    std::chrono::milliseconds deadline{2000}; ///< for all mounts of one read together
    std::size_t maxStuckThreads = 8; ///< past it, mounts that were not asked yet are reported as not responding
    bool includeMemory = false;      ///< report Memory too
    bool includeImages = false;      ///< report Image too
    FileSystemProbe probe;           ///< empty: the system's statvfs
};

/// Reads the mounted file systems and their space. Mounts are asked on a worker thread. When one does not answer within
/// the deadline its worker is left to it and remembered: that mount is not asked again until the call returns, so there
/// is never more than one stuck thread per mount, nor more than the cap in all. read() returns within the deadline plus
/// the time to parse the mount table. One caller thread at a time. The destructor does not wait for stuck threads; they
/// keep what they need alive and end when their call returns. Fails when the mount table cannot be read.
class DisksReader {
public:
    explicit DisksReader(Roots roots, DisksOptions options = {});
    ~DisksReader();
    DisksReader(const DisksReader&) = delete;
    DisksReader& operator=(const DisksReader&) = delete;

    [[nodiscard]] Result<DisksReading> read();

    /// Threads that wait in a call which passed its deadline.
    [[nodiscard]] std::size_t stuckThreads() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform

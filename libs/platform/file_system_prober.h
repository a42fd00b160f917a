// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/disks.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// Asks mounts for their space on threads of its own, and gives up on those that do not answer in time. One worker asks
/// them one after the other; when a call takes longer than an eighth of the deadline, a second worker goes on with the
/// rest, and so on. A worker whose call has not returned at the deadline is stuck: it stays with that call, its path is
/// not asked again until the call returns, and then the thread ends. When the cap of stuck threads is reached, no more
/// mounts are asked. Between calls one idle thread waits. The destructor waits for threads that are not stuck; stuck
/// ones own what they use. One caller thread at a time.
class FileSystemProber {
public:
    /// Nothing: no answer within the deadline, or still none to an earlier call, or the cap was reached.
    using Answer = std::optional<Result<FileSystemSpace>>;

    FileSystemProber(FileSystemProbe probe, std::chrono::milliseconds deadline, std::size_t maxStuckThreads);
    ~FileSystemProber();
    FileSystemProber(const FileSystemProber&) = delete;
    FileSystemProber& operator=(const FileSystemProber&) = delete;

    /// One answer per path, in their order. Returns within the deadline.
    [[nodiscard]] std::vector<Answer> ask(const std::vector<std::string>& paths);

    [[nodiscard]] std::size_t stuckThreads() const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
    std::chrono::milliseconds m_deadline;
};

/// The reading of a system whose file systems are known by their mount points: asks those of the kinds that `options`
/// wants. One that answers NotAvailable has nothing of its own to report and is left out; another error is a warning.
[[nodiscard]] DisksReading probed(
    std::vector<FileSystem> fileSystems, const DisksOptions& options, FileSystemProber& prober);

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/windows/handle.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace sextant::platform {

/// A child process that is spoken to over a pipe, which is its standard input in both directions, and that ends with
/// this object. One thread at a time.
class WorkerProcess {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Starts `program worker` without a window. Io or NotFound.
    [[nodiscard]] static Result<std::unique_ptr<WorkerProcess>> start(const std::string& program);
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    /// All of `bytes` written, or exactly `size` read, before `end`. TimedOut, or Io when the child is gone.
    [[nodiscard]] Result<void> write(std::string_view bytes, TimePoint end);
    [[nodiscard]] Result<std::string> read(std::size_t size, TimePoint end);

private:
    enum class Way { Write, Read };

    WorkerProcess() = default;
    [[nodiscard]] Result<void> transfer(Way way, char* bytes, std::size_t size, TimePoint end);
    [[nodiscard]] Result<DWORD> finish(OVERLAPPED& operation, TimePoint end);

    Handle m_pipe;
    Handle m_event; ///< set when an operation on the pipe has ended
    Handle m_job;   ///< its end is the child's
    Handle m_child;
};

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sextant::platform {

/// Processes by state, and their threads, at one moment. A process that began or ended while they were counted may or
/// may not be in it. The states add up to `processes` but for one whose state is of no known kind.
struct ProcessCounts {
    std::uint64_t processes = 0;
    std::uint64_t running = 0;  ///< running or ready to run
    std::uint64_t sleeping = 0; ///< waiting, interruptible
    std::uint64_t threads = 0;
    std::optional<std::uint64_t> blocked; ///< waiting for I/O, not interruptible
    std::optional<std::uint64_t> stopped; ///< stopped or being traced
    std::optional<std::uint64_t> zombie;
    std::optional<std::uint64_t> idle; ///< idle kernel threads
};

/// The machine as a whole. What could not be read is absent and named in `warnings`; what this OS does not have is
/// absent without one.
struct SystemReading {
    std::optional<std::chrono::nanoseconds> uptime;
    std::optional<std::chrono::system_clock::time_point> bootTime; ///< to the second
    std::optional<ProcessCounts> processes;
    std::optional<std::uint64_t> users; ///< who are logged in (sessions, as who(1) lists them)
    std::optional<std::uint64_t> contextSwitches;
    std::optional<std::uint64_t> interrupts;
    std::optional<std::uint64_t> forks; ///< processes and threads started
    std::optional<std::uint64_t> openFiles;
    std::optional<std::uint64_t> openFilesLimit; ///< absent where there is none
    std::vector<std::string> warnings;
};

/// Whether a reading shall count the processes.
enum class ProcessCounting { Count, LeaveOut };

/// Reads the machine's state. Counting processes costs one open and one read per process, without an allocation; it is
/// the dearest of all readers. Owns its open files and buffers; one thread at a time. Fails only when nothing at all
/// could be read.
class SystemReader {
public:
    explicit SystemReader(Roots roots);
    ~SystemReader();
    SystemReader(const SystemReader&) = delete;
    SystemReader& operator=(const SystemReader&) = delete;

    [[nodiscard]] Result<SystemReading> read(ProcessCounting counting = ProcessCounting::Count);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform

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

enum class ProcessState { Running, Sleeping, Blocked, Stopped, Zombie, Idle, Unknown };

/// One process. Names and command lines are bytes as the program set them: any byte but NUL may be in them. The command
/// line's arguments are joined by one space; it is empty for kernel threads and zombies.
struct Process {
    std::int64_t pid = 0;
    std::int64_t parent = 0;
    std::string name;
    ProcessState state = ProcessState::Unknown;
    std::optional<std::uint32_t> uid;   ///< the effective user, where users are numbers
    std::optional<std::string> account; ///< the user where they are not: "MACHINE\\name", on Windows
    std::uint64_t threads = 0;
    std::uint64_t residentBytes = 0;
    std::chrono::nanoseconds cpuTime{}; ///< user and kernel code, ended children not included
    std::optional<std::chrono::system_clock::time_point> started;
    std::string commandLine;
};

struct ProcessesReading {
    std::vector<Process> processes; ///< by rising pid
    std::vector<std::string> warnings;
};

/// Reads the table of processes: what a snapshot holds, too dear for every tick. A process that ends while it is read
/// is left out. Command lines are cut after `kCommandLineLimit` bytes. One thread at a time.
class ProcessesReader {
public:
    static constexpr std::size_t kCommandLineLimit = 4096;

    explicit ProcessesReader(Roots roots);
    ~ProcessesReader();
    ProcessesReader(const ProcessesReader&) = delete;
    ProcessesReader& operator=(const ProcessesReader&) = delete;

    [[nodiscard]] Result<ProcessesReading> read();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sextant::platform {

struct CommandLimits {
    std::chrono::milliseconds deadline{30'000};
    std::size_t outputBytes = std::size_t{16} << 20;
};

struct CommandOutput {
    int exitCode = 0;
    std::string text;   ///< what it wrote to its standard output
    std::string errors; ///< the first 4 KiB of what it wrote to its standard error
};

/// That a program ended with a code it should not have: "rpm -qa ended with code 1: …". Io.
[[nodiscard]] inline Error endedWith(const std::string& what, const CommandOutput& output)
{
    return {ErrorCode::Io, what + " ended with code " + std::to_string(output.exitCode) + ": " + output.errors};
}

/// Runs a program of the system and waits for it: `command` is its absolute path and its arguments, which no shell
/// sees. It reads nothing, has an environment of its own (C.UTF-8, UTC, the system's PATH) and its own process group,
/// which is killed whole when a limit is passed. What it left running in the background is not waited for once both
/// its outputs are closed.
///
/// NotAvailable when there is no such program, Denied, TimedOut, TooLarge, and Io when a signal ended it or it could
/// not be started. An exit code other than 0 is no error here. Any thread; blocks until the deadline at most. Not on
/// Windows.
[[nodiscard]] Result<CommandOutput> runCommand(
    const std::vector<std::string>& command, const CommandLimits& limits = {});

} // namespace sextant::platform

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "logging/log.h"
#include "metrics/result.h"
#include "server/commands/options.h"
#include "server/commands/termination.h"

#include <functional>
#include <string>

namespace sextant::server {

// What sextant-server does for each command; each gives the exit code. Errors are returned and printed by main as one
// line; Invalid ends with kExitUsage, everything else with kExitFailure.

/// Where and how a server runs. A plain value.
struct RunContext {
    Termination& termination;
    logging::Log& log;
    std::function<void(const std::string& text)> say; ///< where it is, to who started it
    /// The first admin password and token, once: for nobody else's eyes.
    std::function<Result<void>(const std::string& text)> confide;
};

// commands/run.cpp: runs the server until it is asked to end.
[[nodiscard]] Result<int> runServer(const Config& config, const RunContext& context);

// commands/windows/service.cpp speaks to the service control manager; elsewhere commands/posix/service.cpp says what
// does that there. Reads the settings itself: a service has to answer before.
[[nodiscard]] Result<int> serviceCommand(const CommandLine& line);

// commands/admin.cpp
[[nodiscard]] Result<int> tokenCommand(const CommandLine& line, const Config& config);
[[nodiscard]] Result<int> keyCommand(const CommandLine& line, const Config& config);
[[nodiscard]] Result<int> userCommand(const CommandLine& line, const Config& config);
[[nodiscard]] Result<int> hostCommand(const CommandLine& line, const Config& config);

// commands/doctor.cpp
[[nodiscard]] Result<int> doctor(const Config& config);

// commands/backup.cpp, commands/restore.cpp: a copy of the whole server, and the server from such a copy.
[[nodiscard]] Result<int> backupCommand(const CommandLine& line, const Config& config);
[[nodiscard]] Result<int> restoreCommand(const CommandLine& line, const Config& config);

// commands/migrate.cpp: the server's data in another database.
[[nodiscard]] Result<int> migrateCommand(const CommandLine& line, const Config& config);

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/commands/options.h"

namespace sextant::server {

// What sextant-server does for each command; each gives the exit code. Errors are returned and printed by main as one
// line; Invalid ends with kExitUsage, everything else with kExitFailure.

// commands/run.cpp: runs the server until SIGTERM or SIGINT.
[[nodiscard]] Result<int> runServer(const Config& config);

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

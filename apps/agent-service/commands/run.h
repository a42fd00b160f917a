// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/commands/exit_code.h"
#include "agent-service/config/load.h"
#include "platform/roots.h"

namespace sextant::agent {

/// Collects and delivers until SIGTERM or SIGINT, then delivers what it can within `kFlushLimit`. SIGHUP reads
/// `sources` again; when they are wrong, the running settings stay and the log says why. Needs a QCoreApplication;
/// blocks.
[[nodiscard]] ExitCode run(const ConfigSources& sources, const Settings& settings, const platform::Roots& roots);

inline constexpr std::chrono::milliseconds kFlushLimit{5'000};

} // namespace sextant::agent

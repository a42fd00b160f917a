// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/commands/exit_code.h"
#include "agent-service/config/load.h"
#include "agent-service/service/requests.h"
#include "logging/log.h"
#include "platform/roots.h"

namespace sextant::agent {

/// Collects and delivers until `requests` say stop, then delivers what it can within `kFlushLimit`. When they say
/// reload it reads `sources` again; when those are wrong, the running settings stay and the log says why. Needs a
/// QCoreApplication; blocks.
[[nodiscard]] ExitCode run(const ConfigSources& sources, const Settings& settings, const platform::Roots& roots,
    Requests& requests, logging::Log& log);

/// The log that the settings ask for; without a sink it goes to standard error.
[[nodiscard]] logging::Log makeLog(const Settings& settings, logging::Log::Sink sink = {});

inline constexpr std::chrono::milliseconds kFlushLimit{5'000};

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/config/settings.h"
#include "logging/log.h"
#include "metrics/result.h"
#include "platform/roots.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace sextant::agent {

/// A recording ends when the file has become so large.
inline constexpr std::uint64_t kRecordingBytes = std::uint64_t{1} << 30U;

/// How far a recording has come.
struct RecordProgress {
    std::chrono::seconds elapsed{0};
    std::uint64_t batches = 0;
    std::uint64_t bytes = 0; ///< of the file
};

/// What `record FILE` does: collects as the agent does, at the interval of the settings, and writes the batches into a
/// new file instead of delivering them (format: metrics/recording.h), for `length` or until kRecordingBytes. Host name
/// and labels are in it as they are. `progress` is called after each batch. Blocks. Conflict when the file is there
/// already, Io when it cannot be written; what was written until then can be read.
[[nodiscard]] Result<RecordProgress> record(const std::string& file, std::chrono::seconds length,
    const Settings& settings, const platform::Roots& roots, logging::Log& log,
    const std::function<void(const RecordProgress&)>& progress);

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/config/settings.h"
#include "metrics/frame.h"
#include "platform/roots.h"

#include <span>
#include <string>
#include <vector>

namespace sextant::agent {

/// Frames as readable JSON: {"time": …, "families": {"cpu": [{"labels": {…}, "values": {…}}]}}. Absent cells are left
/// out.
[[nodiscard]] std::string framesAsJson(std::span<const metrics::Frame> frames);

/// What `--once` collects: every collector that is on, twice with a second in between, so that shares of time exist.
/// Blocks. What went wrong is added to `warnings`.
[[nodiscard]] std::vector<metrics::Frame> collectOnce(
    const Settings& settings, const platform::Roots& roots, std::vector<std::string>& warnings);

} // namespace sextant::agent

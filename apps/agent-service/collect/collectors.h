// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "agent-service/config/settings.h"
#include "platform/roots.h"

#include <memory>
#include <vector>

namespace sextant::agent {

/// The collectors that the settings have turned on, cheap ones first.
[[nodiscard]] std::vector<std::shared_ptr<Collector>> makeCollectors(
    const Settings& settings, const platform::Roots& roots);

} // namespace sextant::agent

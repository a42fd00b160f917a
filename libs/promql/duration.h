// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace sextant::promql {

/// As Prometheus writes durations: `1h30m`, `90d` (years and weeks only where nothing is left), `0s`. Not negative.
[[nodiscard]] std::string durationText(std::int64_t ms);

} // namespace sextant::promql

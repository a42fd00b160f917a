// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/sdk/registry.h"

namespace sextant::metrics::sdk {

/// Adds what this process costs, by the names that every Prometheus client library uses: `process_cpu_seconds_total`,
/// `process_resident_memory_bytes`, `process_open_fds`, `process_threads`, `process_start_time_seconds`. Read when the
/// registry is; what cannot be read is left out.
void addProcessMetrics(Registry& registry);

} // namespace sextant::metrics::sdk

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

namespace sextant::server {

class HostRegistry;
class Overview;
class Store;

/// Fills the overview with what the store knows from before a restart: the last state of every host, and the CPU
/// readings of the last hour for the trends. Once, before the first batch is taken.
[[nodiscard]] Result<void> restoreOverview(Overview& overview, const HostRegistry& registry, const Store& store);

} // namespace sextant::server

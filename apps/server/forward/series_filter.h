// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "server/config/remote_write.h"

namespace sextant::server {

/// The labels under which a series goes to the target: its own, and the target's external labels where it has none of
/// that name.
[[nodiscard]] metrics::Labels withExternalLabels(const RemoteWriteTarget& target, metrics::Labels labels);

/// Whether a series of those labels (the external ones among them) goes to the target: one of `allow` fits it, or there
/// is none, and none of `deny` does. Pure; any thread.
[[nodiscard]] bool isForwarded(const RemoteWriteTarget& target, const metrics::Labels& labels);

} // namespace sextant::server

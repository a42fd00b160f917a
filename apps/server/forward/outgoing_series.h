// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"
#include "metrics/remote_write.h"
#include "server/query/series_selection.h"

#include <span>
#include <vector>

namespace sextant::server {

/// What frames of a host hold, as series with the labels that queries see: columns of the catalogue that its system
/// has, and metrics of applications. Values as they are, stale markers too; each series in order of time, however the
/// frames stand. What Prometheus has no name for (an agent of before may have sent it) is left out. Pure.
[[nodiscard]] std::vector<metrics::RemoteSeries> outgoingSeries(
    const QueryHost& host, std::span<const metrics::Frame> frames);

} // namespace sextant::server

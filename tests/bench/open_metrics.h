// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/frame.h"

#include <cstdint>
#include <iosfwd>
#include <string_view>

namespace sextant::bench {

/// Writes the values of a frame as samples of OpenMetrics text at that time, to the second, for the peer that is
/// fed the same (`promtool tsdb create-blocks-from openmetrics`). The host becomes the label `instance`. Whoever writes
/// the text ends it with "# EOF".
void writeSamples(std::ostream& to, std::string_view host, const metrics::Frame& frame, std::int64_t timeMs);

} // namespace sextant::bench

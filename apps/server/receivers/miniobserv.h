// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/ingest/sample_sink.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::server {

/// Reads a push of MiniObserv's agent or SDK:
/// `{"host": "h1", "metrics": [{"time": RFC 3339, "host": "h1", "name": "cpu.usage_pct", "value": 42.5, "labels":
/// {…}}]}`. Series are named with `_` for `.` and have the host as a label. Bad items are refused one by one with
/// MiniObserv's sentences, its nine names are all that there is; Invalid, with MiniObserv's sentence, where nothing is
/// taken.
[[nodiscard]] Result<Intake> readMiniObserv(const std::string& body);

inline constexpr std::size_t kMiniObservItems = 1'000;

/// The name of the series of one of MiniObserv's nine metrics; nothing for another.
[[nodiscard]] std::optional<std::string> miniObservSeries(std::string_view name);

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sextant::server {

/// A time of RFC 3339 in Unix milliseconds, what is finer cut off; one without a zone is UTC. Years 1970 to 9999.
[[nodiscard]] std::optional<std::int64_t> timeOf(std::string_view text);

/// The same the other way round, in UTC: "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.250Z".
[[nodiscard]] std::string timeText(std::int64_t timeMs);

} // namespace sextant::server

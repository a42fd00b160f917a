// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/backoff.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sextant::agent {

/// A server's wish from `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in any of HTTP's three forms (§5.6.7),
/// which counts from `nowMs` (Unix). Never negative; nothing when the text is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseRetryAfter(std::string_view text, std::int64_t nowMs);

using metrics::Backoff;

/// For what has time, a renewal or an introduction: 1 min, doubled up to 6 h.
[[nodiscard]] Backoff unhurriedBackoff(Backoff::Dice dice);

} // namespace sextant::agent

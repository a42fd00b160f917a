// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sextant::agent {

/// Reads "500ms", "10s", "5m" or "2h": a whole number and its unit. Invalid for anything else, a bare number included.
[[nodiscard]] Result<std::chrono::milliseconds> parseDuration(std::string_view text);

/// The shortest text that parseDuration() reads back as the same.
[[nodiscard]] std::string durationText(std::chrono::milliseconds value);

/// Reads "1048576", "512KiB", "16MiB" or "2GiB": bytes. Invalid for anything else.
[[nodiscard]] Result<std::uint64_t> parseBytes(std::string_view text);

/// The shortest text that parseBytes() reads back as the same.
[[nodiscard]] std::string bytesText(std::uint64_t value);

/// Reads "true" or "false".
[[nodiscard]] Result<bool> parseFlag(std::string_view text);

} // namespace sextant::agent

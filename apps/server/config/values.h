// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>
#include <optional>

namespace sextant::server {

/// "90s", "15m", "24h", "30d", "5y" (years of 365 days) in milliseconds.
[[nodiscard]] std::optional<std::int64_t> parseDuration(const QString& text);

/// "65536", "512KiB", "64MiB", "200GiB", "2TiB" in bytes.
[[nodiscard]] std::optional<std::int64_t> parseBytes(const QString& text);

} // namespace sextant::server

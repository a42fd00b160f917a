// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/config/config.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace sextant::server {

/// The ends of the keys of retention.*, by tier: samples as they came first.
inline constexpr std::array<std::string_view, 3> kRetentionTiers{"raw", "5m", "1h"};

/// How long samples of a family are kept, by tier, milliseconds: its own times, and where it has none those of all.
[[nodiscard]] std::array<std::int64_t, 3> keptMsOf(const Config& config, std::string_view family);

/// Invalid with one sentence that names both settings when samples were to be kept longer than what is made of them.
[[nodiscard]] Result<void> checkRetention(const Config& config);

} // namespace sextant::server

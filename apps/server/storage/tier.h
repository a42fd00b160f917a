// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sextant::server {

/// How coarse stored data is: as it came, or rolled up into buckets.
enum class Tier : std::uint8_t { Raw, FiveMinutes, Hour };
inline constexpr std::array kRollupTiers{Tier::FiveMinutes, Tier::Hour};

/// The stretch of time in which raw samples are sealed into one block and from which they are rolled up. Starts at
/// whole hours of Unix time.
inline constexpr std::int64_t kHourMs = 3'600'000;

/// "raw", "5m", "1h": as the API writes it.
[[nodiscard]] constexpr std::string_view tierName(Tier tier)
{
    return tier == Tier::Raw ? "raw" : tier == Tier::FiveMinutes ? "5m" : "1h";
}

/// The width of a bucket of the tier; 0 for raw.
[[nodiscard]] constexpr std::int64_t bucketMs(Tier tier)
{
    return tier == Tier::Raw ? 0 : tier == Tier::FiveMinutes ? 300'000 : kHourMs;
}

/// How much time one stored block of the tier holds: an hour of raw samples, a day of 5-minute buckets, 30 days of
/// hours.
[[nodiscard]] constexpr std::int64_t blockMs(Tier tier)
{
    return tier == Tier::Raw ? kHourMs : tier == Tier::FiveMinutes ? 24 * kHourMs : 30 * 24 * kHourMs;
}

[[nodiscard]] constexpr std::int64_t startOf(std::int64_t timeMs, std::int64_t widthMs)
{
    return timeMs - (timeMs % widthMs + widthMs) % widthMs;
}

} // namespace sextant::server

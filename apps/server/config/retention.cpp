// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/config/retention.h"

#include <cstddef>
#include <string>

namespace sextant::server {
namespace {

/// In the largest unit that says it exactly, as the settings have it.
std::string durationText(std::int64_t durationMs)
{
    constexpr std::int64_t kHourMs = 3'600'000;
    constexpr std::int64_t kDayMs = 24 * kHourMs;
    constexpr std::int64_t kYearMs = 365 * kDayMs;
    if (durationMs % kYearMs == 0)
        return std::to_string(durationMs / kYearMs) + "y";
    if (durationMs % kDayMs == 0)
        return std::to_string(durationMs / kDayMs) + "d";
    if (durationMs % kHourMs == 0)
        return std::to_string(durationMs / kHourMs) + "h";
    return std::to_string(durationMs / 1'000) + "s";
}

/// `family` empty: the times of all.
Result<void> checkTimes(const Config& config, std::string_view family, const Config::FamilyKeptMs& own)
{
    const auto keptMs = keptMsOf(config, family);
    const auto named = [&](std::size_t tier) {
        const std::string prefix = own[tier] ? "retention.family." + std::string(family) + "." : "retention.";
        return prefix + std::string(kRetentionTiers[tier]) + " (" + durationText(keptMs[tier]) + ")";
    };
    for (std::size_t tier = 0; tier + 1 < keptMs.size(); ++tier) {
        if (keptMs[tier] > keptMs[tier + 1])
            return fail(ErrorCode::Invalid, named(tier) + " is longer than " + named(tier + 1) +
                                                ": expected the coarser to be kept at least as long as the finer");
    }
    return {};
}

} // namespace

std::array<std::int64_t, 3> keptMsOf(const Config& config, std::string_view family)
{
    std::array<std::int64_t, 3> keptMs{config.rawKeptMs, config.fiveMinutesKeptMs, config.hoursKeptMs};
    const auto own = config.familiesKeptMs.find(family);
    if (own == config.familiesKeptMs.end())
        return keptMs;
    for (std::size_t tier = 0; tier < keptMs.size(); ++tier)
        keptMs[tier] = own->second[tier].value_or(keptMs[tier]);
    return keptMs;
}

Result<void> checkRetention(const Config& config)
{
    if (auto checked = checkTimes(config, {}, {}); !checked)
        return checked;
    for (const auto& [family, own] : config.familiesKeptMs) {
        if (auto checked = checkTimes(config, family, own); !checked)
            return checked;
    }
    return {};
}

} // namespace sextant::server

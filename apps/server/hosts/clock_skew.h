// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sextant::server {

/// How far a host's clock is ahead of the server's (behind: negative), from the time that its agent says it has when it
/// sends and the time of arrival. The way only ever makes a host look further behind, so of the last kKept measurements
/// the largest counts: one slow delivery changes nothing, and a clock that was set is known after kKept deliveries. A
/// plain value.
class ClockSkew {
public:
    static constexpr std::size_t kKept = 8;
    /// From here on a clock counts as wrong: NTP keeps far within it, and a slow way seldom takes as long.
    static constexpr std::int64_t kWrongMs = 5'000;

    void add(std::int64_t aheadMs);

    /// Milliseconds; nothing without a measurement.
    [[nodiscard]] std::optional<std::int64_t> aheadMs() const;
    /// The same in tenths of a second when the clock is wrong, else nothing: what a fleet page shows, which is not to
    /// change with every delivery.
    [[nodiscard]] std::optional<std::int64_t> wrongByMs() const;

private:
    std::array<std::int64_t, kKept> m_measured{};
    std::size_t m_count = 0; ///< since the start
};

} // namespace sextant::server

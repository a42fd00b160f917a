// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace sextant::agent {

/// A server's wish from `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in any of HTTP's three forms (§5.6.7),
/// which counts from `nowMs` (Unix). Never negative; nothing when the text is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseRetryAfter(std::string_view text, std::int64_t nowMs);

/// How long to wait after failures in a row: 1 s, doubled each time up to 60 s, each time spread by ±25 % so that a
/// fleet does not come back in step. A server's Retry-After is a lower bound, up to 10 min, spread upwards only. Pure
/// but for the dice that it is given. One thread.
class Backoff {
public:
    using Milliseconds = std::chrono::milliseconds;
    using Dice = std::function<double()>; ///< evenly in [0, 1)

    static constexpr Milliseconds kFirst{1'000};
    static constexpr Milliseconds kLongest{60'000};
    static constexpr Milliseconds kLongestAsked{600'000};

    explicit Backoff(Dice dice) : m_dice(std::move(dice)) {}

    /// The wait after one more failure.
    [[nodiscard]] Milliseconds next(std::optional<Milliseconds> retryAfter = std::nullopt);
    /// Something was delivered: begin at 1 s again.
    void reset() { m_current = kFirst; }

private:
    Dice m_dice;
    Milliseconds m_current = kFirst;
};

} // namespace sextant::agent

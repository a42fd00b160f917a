// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <chrono>
#include <cstddef>
#include <functional>

namespace sextant::promql {

/// What one query may cost.
struct Limits {
    std::size_t samples = 50'000'000; ///< loaded or held at a time
    std::size_t series = 200'000;     ///< in one vector
    std::chrono::milliseconds time{30'000};
};

/// What a query has cost so far. One per query, on its thread.
class Budget {
public:
    /// `cancelled` is asked now and then: true ends the query (its client went away). May be empty.
    explicit Budget(const Limits& limits, std::function<bool()> cancelled = {});

    /// Errors of all three: TooLarge (a limit was passed; says which), TimedOut, and Busy when it was cancelled.
    [[nodiscard]] Result<void> addSamples(std::size_t count);
    [[nodiscard]] Result<void> checkSeries(std::size_t count) const;
    /// Call in every long loop; cheap.
    [[nodiscard]] Result<void> check();

    /// Nobody waits for the answer any more.
    [[nodiscard]] bool isCancelled() const { return m_cancelled && m_cancelled(); }

    void releaseSamples(std::size_t count);
    [[nodiscard]] std::size_t peakSamples() const { return m_peak; }

private:
    Limits m_limits;
    std::function<bool()> m_cancelled;
    std::chrono::steady_clock::time_point m_deadline;
    std::size_t m_samples = 0;
    std::size_t m_peak = 0;
};

} // namespace sextant::promql

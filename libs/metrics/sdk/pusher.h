// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "metrics/result.h"
#include "metrics/sdk/registry.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sextant::metrics::sdk {

/// Delivers a body (metrics/remote_write.h) and waits for the answer, on the pusher's thread. Errors: Busy and
/// Unreachable mean that the same body may be taken later; others that it never will.
using Deliver = std::function<Result<void>(const std::string& body)>;

struct PushOptions {
    std::chrono::milliseconds interval{10'000};  ///< between two readings of the registry
    Labels labels{};                             ///< on every series: `job`, `instance`
    std::size_t waitingReadings = 360;           ///< kept while nothing can be delivered; then the oldest are dropped
    std::size_t readingsPerRequest = 30;         ///< of those that wait, when it goes again
    std::chrono::milliseconds retryFirst{1'000}; ///< doubled after each failure
    std::chrono::milliseconds retryLongest{60'000};
    std::chrono::milliseconds flushWithin{5'000}; ///< how long stop() goes on trying
};

/// What a pusher has done so far, in readings of the whole registry.
struct PushCounts {
    std::uint64_t read = 0;
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0; ///< the oldest, because too many waited
    std::uint64_t refused = 0; ///< the other side will never take them
    std::uint64_t waiting = 0;
    std::string lastError; ///< empty after a delivery
};

/// Reads a registry again and again and delivers what it read, with the times at which it was read: what could not be
/// sent at once is sent later, oldest first. Has a thread from start() to stop(). The registry outlives it.
class Pusher {
public:
    Pusher(const Registry& registry, Deliver deliver, PushOptions options);
    /// stop()
    ~Pusher();
    Pusher(const Pusher&) = delete;
    Pusher& operator=(const Pusher&) = delete;

    void start();
    /// Reads once more, delivers what waits for at most `flushWithin`, and ends. May be called again.
    void stop();

    [[nodiscard]] PushCounts counts() const;

private:
    using Clock = std::chrono::steady_clock;
    /// The registry at one time.
    struct Reading {
        std::int64_t timeMs = 0;
        std::vector<std::pair<metrics::Labels, double>> values;
    };

    void run();
    /// Until then, or until stop(): whether to go on.
    bool waitUntil(Clock::time_point time);
    void readOnce();
    /// Delivers all that waits; false at the first failure that may get better.
    bool deliverWaiting(std::optional<Clock::time_point> until);

    const Registry& m_registry;
    const Deliver m_deliver;
    const PushOptions m_options;
    std::deque<Reading> m_waiting; ///< of the thread only, like the next
    std::int64_t m_lastReadMs = 0;

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stopping = false;
    PushCounts m_counts;
    std::thread m_thread;
};

} // namespace sextant::metrics::sdk

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "metrics/frame.h"
#include "metrics/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::agent {

/// What the agent delivered so far, for its own metrics.
struct DeliveryStats {
    std::uint64_t queueBatches = 0;
    std::uint64_t queueBytes = 0;
    std::uint64_t sent = 0;
    std::uint64_t sentBytes = 0;
    std::uint64_t dropped = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t sendFailures = 0;
    std::uint64_t ticksMissed = 0;
    std::uint64_t spoolBatches = 0;
    std::uint64_t spoolBytes = 0;
    std::uint64_t rowsRefused = 0;
};

/// One moment of collection: what every frame of it is stamped with, and the delivery so far.
struct Tick {
    std::int64_t timeMs = 0;      ///< Unix time of all its frames
    std::uint32_t intervalMs = 0; ///< the interval that is set
    DeliveryStats delivery;
};

/// What a collector got, of numbers and of other things. Frames may be partial; then `warnings` says what is missing
/// and why.
struct Collected {
    std::vector<metrics::Frame> frames;
    std::vector<std::string> warnings;
    std::vector<metrics::Document> documents{};
};

/// Reads one subject of the machine and maps it to frames of the catalogue. Keeps what it needs from one run to the
/// next (the last reading, for shares of time). Made on one thread and run on others, but never on two at a time. May
/// take as long as it takes: the runner holds the deadline. Fails when it could get nothing; NotAvailable when this
/// machine simply does not have the subject, which counts as a success without rows.
class Collector {
public:
    Collector() = default;
    virtual ~Collector() = default;
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

    /// The word in `agent_collector` and in the setting `collectors.<name>`.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Result<Collected> collect(const Tick& tick) = 0;
};

/// A span of time as the number of seconds that frames hold.
template <typename Rep, typename Period>
[[nodiscard]] double inSeconds(std::chrono::duration<Rep, Period> time)
{
    return std::chrono::duration<double>(time).count();
}
template <typename Duration>
[[nodiscard]] std::optional<double> inSeconds(const std::optional<Duration>& time)
{
    if (!time)
        return std::nullopt;
    return inSeconds(*time);
}

} // namespace sextant::agent

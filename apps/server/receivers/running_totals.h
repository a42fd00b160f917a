// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "server/hosts/host_id.h"
#include "server/receivers/writer.h"
#include "server/storage/clock.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sextant::server {

/// What was counted in a stretch of time, or since the start. For a plain counter there are no buckets and `sum` is it.
struct Counted {
    std::map<double, double> buckets; ///< how many were in the bucket that ends there; the last one ends at infinity
    double count = 0;
    std::optional<double> sum;
};

/// Turns what programs counted since they last told (deltas) into counters that only grow, which is what is stored.
/// Held in memory: after a restart of the server they begin anew, which readers see as a counter's reset. Bounded; what
/// was not told of for kIdleMs is forgotten when room is needed. Owned by main; any thread may call.
class RunningTotals {
public:
    /// What is held: one per counter, per bucket and per 64 bytes of a series' text.
    static constexpr std::size_t kMaxPerHost = 100'000;
    static constexpr std::size_t kMax = 1'000'000;
    static constexpr std::int64_t kIdleMs = 60LL * 60'000;

    enum class Outcome : std::uint8_t {
        Added,
        Old, ///< not newer than what was added before: it was sent again, or came out of order
        Full
    };

    explicit RunningTotals(Clock clock) : m_clock(std::move(clock)) {}

    struct Total {
        Counted counted;
        std::int64_t timeMs = 0;  ///< up to which it is counted
        std::int64_t addedMs = 0; ///< by this server's clock
    };

    /// Adds to the total of `series` (a text that stands for it) of a host and gives the total by `counted`.
    /// `timeMs`: when that stretch of time ended. `before`: the total until now, if there was one.
    [[nodiscard]] Outcome add(
        HostId host, const std::string& series, std::int64_t timeMs, Counted& counted, std::optional<Total>& before);
    /// Puts the total back to `before` where what was added at `timeMs` was added last. Where more was added since, it
    /// is in what is stored with that, and stays.
    void putBack(HostId host, const std::string& series, std::int64_t timeMs, std::optional<Total> before);

private:
    struct Host {
        std::unordered_map<std::string, Total> totals;
        std::size_t held = 0;
    };

    [[nodiscard]] bool hasRoom(HostId host, std::size_t more) const;
    void forgetIdle();

    const Clock m_clock;
    std::mutex m_mutex;
    std::unordered_map<HostId, Host> m_hosts;
    std::size_t m_held = 0;
    std::int64_t m_sweptMs = 0;
};

/// The deltas of one request on their way into the totals of its writer. Used by one thread at a time.
class RequestDeltas {
public:
    RequestDeltas(RunningTotals& totals, Writer writer) : m_totals(totals), m_writer(std::move(writer)) {}

    /// Adds to the total of a series of the writer and gives the total by `counted`; see RunningTotals::add().
    [[nodiscard]] RunningTotals::Outcome add(
        std::string_view name, const metrics::Labels& labels, std::int64_t timeMs, Counted& counted);
    /// Nothing of the request was stored: takes its deltas out of the totals again, so that they count when they are
    /// sent again.
    void undo();

private:
    struct Added {
        std::string series;
        std::int64_t timeMs = 0;
        std::optional<RunningTotals::Total> before;
    };

    RunningTotals& m_totals;
    const Writer m_writer;
    std::vector<Added> m_added;
};

} // namespace sextant::server

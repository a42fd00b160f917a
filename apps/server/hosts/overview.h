// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/hosts/clock_skew.h"
#include "server/hosts/host_id.h"
#include "server/hosts/host_registry.h"
#include "server/hosts/host_state.h"
#include "server/storage/clock.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sextant::server {

/// How a host is doing, by how long it has been silent: Late after 2.5 intervals, Down after 6 intervals and at least
/// 60 s, Unknown before its first batch.
enum class HostHealth : std::uint8_t { Unknown, Ok, Late, Down };

[[nodiscard]] std::string_view healthName(HostHealth health);

/// The health of a host that was last heard of at `lastSeenMs` (nothing: never).
[[nodiscard]] HostHealth healthAt(std::int64_t nowMs, std::optional<std::int64_t> lastSeenMs, std::uint32_t intervalMs);

/// The means per minute of a host's CPU usage over the last hour; NaN where there was no sample.
struct CpuTrend {
    static constexpr std::int64_t kStepMs = 60'000;
    static constexpr std::size_t kSteps = 60;

    std::int64_t fromMs = 0; ///< start of the first minute
    std::array<double, kSteps> values{};
};

/// One row of the fleet page: what the registry knows of a host, its latest numbers and how it is doing.
struct OverviewHost {
    HostId id;
    HostDescription description;
    HostHealth health = HostHealth::Unknown;
    HostState state;
    std::optional<std::int64_t> clockAheadMs; ///< when its clock is wrong (ClockSkew::kWrongMs): how far ahead
    CpuTrend trend;
    std::uint64_t revision = 0; ///< of the state: another number when it was updated
};

/// The current state of every host, in memory: what the fleet page shows and what live subscribers are told. Owned by
/// main, thread-safe. Ingest moves it forward after each commit, with the states that it stored in that commit; only
/// newer data moves it (see HostState). The trend is rebuilt from the store at start.
class Overview {
public:
    Overview(const HostRegistry& registry, Clock clock);

    /// Puts in what the store knows from before. Once, before the first update.
    void restore(const std::vector<StoredHostState>& states);
    /// A copy of what is known of a host: an empty state when it never sent.
    [[nodiscard]] HostState state(HostId host) const;
    /// The tags of a host.
    [[nodiscard]] metrics::Labels tags(HostId host) const;
    /// Puts in the state of a host that was committed.
    void update(HostId host, const HostState& state);
    /// Takes a measurement of how far a host's clock is ahead of ours (see ClockSkew).
    void noteClock(HostId host, std::int64_t aheadMs);
    /// How far a host's clock is ahead of ours, behind is negative; nothing until its agent said what time it has.
    [[nodiscard]] std::optional<std::int64_t> clockAheadMs(HostId host) const;
    /// Counts CPU readings into a host's trend; those older than an hour fall out by themselves.
    void addReadings(HostId host, std::span<const CpuReading> readings);

    /// Visits every host of the registry that is a machine, sorted by name. `trend`: fill in the trend too. Each host
    /// is as it is when its turn comes, so that nobody waits for the whole fleet to be visited; the visitor runs
    /// without the lock.
    void visitHosts(bool trend, const std::function<void(const OverviewHost&)>& visit) const;
    [[nodiscard]] std::size_t hostCount() const { return m_registry.list()->size(); }
    [[nodiscard]] std::optional<OverviewHost> host(HostId id) const;

    [[nodiscard]] std::int64_t now() const { return m_clock(); }

private:
    /// Sums per minute in a ring: a minute's place is its number modulo the ring's size. Small, because a large fleet
    /// has many.
    struct TrendRing {
        struct Minute {
            float sum = 0;
            std::uint32_t count = 0;
        };
        std::int64_t newest = 0; ///< Unix time in minutes; the ring holds the hour that ends with it
        std::array<Minute, CpuTrend::kSteps> minutes{};

        void add(const CpuReading& reading);
        [[nodiscard]] CpuTrend read(std::int64_t nowMs) const;
    };
    struct Entry {
        HostState state;
        std::uint64_t revision = 0;
        ClockSkew clock;
        TrendRing trend;
    };

    void compose(const HostFacts& facts, std::int64_t nowMs, bool trend, OverviewHost& host) const;

    const HostRegistry& m_registry;
    Clock m_clock;
    mutable std::shared_mutex m_mutex;
    std::unordered_map<HostId, Entry> m_entries;
    std::uint64_t m_revision = 0; ///< the last that was given
};

} // namespace sextant::server

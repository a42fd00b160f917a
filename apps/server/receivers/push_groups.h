// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/labels.h"
#include "server/hosts/host_id.h"
#include "server/ingest/sample_sink.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sextant::server {

/// Which series the groups of Pushgateway's clients have, so that those which a group loses can be ended with a stale
/// marker. Of the last kLookBackMs alone, for what is older has ended by itself, and in memory: after a restart of the
/// server a group is unknown until it is pushed again. Owned by main; any thread may call.
class PushGroups {
public:
    static constexpr std::size_t kMaxSeries = 200'000; ///< in all; what is past them ends by itself
    static constexpr std::int64_t kLookBackMs = 5LL * 60'000;
    /// How far the times of a group may run ahead of the clock where pushes come faster than one in a millisecond.
    static constexpr std::int64_t kMaxAheadMs = 1'000;

    /// What a group loses of what it had and was not pushed now: all of it (PUT, DELETE), or series of the metrics that
    /// were pushed (POST).
    enum class Loses : std::uint8_t { All, SameNames };

    /// The time of a push's samples that have none: now, but later than those of the group's push before.
    [[nodiscard]] std::int64_t timeFor(HostId host, const metrics::Labels& grouping, std::int64_t nowMs);
    /// Puts what was pushed at `atMs` (of timeFor()) into the group and gives a stale marker for each series it loses.
    [[nodiscard]] std::vector<SampleSeries> replace(HostId host, const metrics::Labels& grouping, Loses loses,
        const std::vector<SampleSeries>& pushed, std::int64_t atMs);
    /// Markers of replace() that could not be stored: their series are the group's again.
    void takeBack(HostId host, const metrics::Labels& grouping, const std::vector<SampleSeries>& markers);

private:
    using GroupKey = std::pair<std::int64_t, metrics::Labels>;
    using SeriesKey = std::pair<std::string, metrics::Labels>; ///< name; labels, arranged
    using LastTimes = std::map<SeriesKey, std::int64_t>;       ///< of the last sample
    struct Group {
        std::int64_t usedMs = 0;
        LastTimes series;
    };

    void forgetOld(std::int64_t nowMs);

    std::mutex m_mutex;
    std::map<GroupKey, Group> m_groups;
    std::size_t m_held = 0; ///< series
    std::int64_t m_sweptMs = 0;
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/block_table.h"
#include "server/storage/tier.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sextant::server {

/// How long samples are kept, per tier and, where a family has its own times, per family. Counted from the end of a
/// stored block, which goes as a whole: an hour of raw samples, a day of 5-minute buckets, 30 days of hours.
struct Retention {
    static constexpr std::int64_t kDayMs = 24 * kHourMs;
    using Times = std::array<std::int64_t, 3>; ///< by tier, milliseconds

    Times all{30 * kDayMs, 180 * kDayMs, 5 * 365 * kDayMs};
    std::map<std::string, Times, std::less<>> families;

    [[nodiscard]] std::int64_t keptMs(const metrics::Family& family, Tier tier) const
    {
        const auto own = families.find(family.name);
        return (own == families.end() ? all : own->second)[static_cast<std::size_t>(tier)];
    }
};

/// What an eviction removed for want of room.
struct Evicted {
    std::size_t blocks = 0;
    Tier tier = Tier::Raw;
    std::int64_t fromMs = 0; ///< the stretch that they were of; meaningful when there were any
    std::int64_t toMs = 0;
    std::int64_t usedBytes = 0; ///< what the database still uses
};

/// What the store holds.
struct StoreSizes {
    std::array<TierSize, 3> tiers; ///< by tier; Raw: what is sealed
    std::size_t hotHours = 0;      ///< hours of hosts that are not sealed
    std::int64_t oldestHotMs = 0;  ///< the oldest of them; 0: none
    std::int64_t usedBytes = 0;    ///< of the database, without room that it will use again
};

/// How many instances of a family a host has.
struct InstanceCount {
    std::string family;
    std::size_t instances = 0;
};

/// What keeps a store small, in steps that are short for the writer: each does a bounded piece of work, and readers and
/// append() go on meanwhile and never see a difference. One thread calls them (Maintenance). Errors as of Store.
class Upkeep {
public:
    virtual ~Upkeep() = default;

    /// Seals the oldest hour that ended by then and has hot rows: block and hot rows become the new block, its buckets
    /// are rolled up. An hour that rows came late for waits until none came for `quietMs` (LateHours), so that a
    /// trickle of them does not make the same hour be sealed all the time; until then it is read raw. False: there is
    /// none left.
    [[nodiscard]] virtual Result<bool> seal(std::int64_t endedByMs, std::int64_t quietMs) = 0;

    /// Removes blocks that are older than they may be; gives how many. 0: none is left.
    [[nodiscard]] virtual Result<std::size_t> expire(const Retention& retention) = 0;

    /// When the database uses more than that, removes some of the oldest blocks: raw ones while there are any, then
    /// those of 5 minutes, then hours. Nothing was removed: it uses less, or has nothing left that could go.
    [[nodiscard]] virtual Result<Evicted> evict(std::int64_t maxBytes) = 0;

    /// Forgets some of the batch ids that are older than Store::kBatchIdKeptMs; gives how many. 0: none is left.
    [[nodiscard]] virtual Result<std::size_t> pruneBatchIds() = 0;

    [[nodiscard]] virtual Result<StoreSizes> sizes() const = 0;
    /// By family; those without an instance are left out.
    [[nodiscard]] virtual Result<std::vector<InstanceCount>> instanceCounts(HostId host) const = 0;
};

} // namespace sextant::server

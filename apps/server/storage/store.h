// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "metrics/block.h"
#include "metrics/frame.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/hosts/host_state.h"
#include "server/storage/tier.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sextant::server {

/// A batch on its way into the store: whose it is and what is in it. Does not own the batch.
struct HostBatch {
    HostId host;
    const metrics::Batch* batch = nullptr;
};

/// How many instances (label sets) a host may have, ever: each costs memory and a row for good. What comes past a limit
/// is left out, told to its sender and counted; instances that are known go on.
struct InstanceLimits {
    std::size_t perFamily = 4'096;
    std::size_t custom = 20'000;  ///< of the family `custom`, which has no natural bound
    std::size_t perHost = 25'000; ///< of all families together

    [[nodiscard]] std::size_t of(const metrics::Family& family) const
    {
        return family.name == "custom" ? std::max(custom, perFamily) : perFamily;
    }
};

/// A row of a batch: its frame's position in the batch that was appended and its own in that frame.
struct RowPlace {
    std::size_t frame = 0;
    std::size_t row = 0;
};

/// What became of one batch of a group.
struct BatchOutcome {
    bool duplicate = false;          ///< this id was stored before: nothing was done
    std::size_t storedRows = 0;      ///< new rows
    std::size_t repeatedRows = 0;    ///< rows whose host, instance and time were stored before; the first one stays
    std::size_t goneRows = 0;        ///< rows of hours that are not kept any more (kLateMarginMs); left out
    std::size_t overCardinality = 0; ///< rows of instances past a limit of their host; left out
    std::vector<RowPlace> over{};    ///< the first of them, at most metrics::Refusals::kListed
};

/// An instance of a family on one host: the label values, in the order of the family's keys.
struct Instance {
    std::int64_t id = 0;
    std::vector<std::string> labels;
};

/// Instances that several readers may share; never changed. A plain value, cheap to copy.
class InstanceList {
public:
    InstanceList(std::vector<Instance> all = {}) : m_all(std::make_shared<const std::vector<Instance>>(std::move(all)))
    {
    }

    [[nodiscard]] auto begin() const { return m_all->begin(); }
    [[nodiscard]] auto end() const { return m_all->end(); }
    [[nodiscard]] std::size_t size() const { return m_all->size(); }
    [[nodiscard]] bool empty() const { return m_all->empty(); }
    [[nodiscard]] const Instance& front() const { return m_all->front(); }
    [[nodiscard]] const Instance& operator[](std::size_t index) const { return (*m_all)[index]; }

private:
    std::shared_ptr<const std::vector<Instance>> m_all;
};

/// How far apart two readings of a counter may be to be joined: 5 min, or 3 intervals when that is longer.
[[nodiscard]] constexpr std::int64_t joinWithinMs(std::uint32_t intervalMs)
{
    return std::max<std::int64_t>(5 * 60'000, 3 * std::int64_t{intervalMs});
}

/// What to read: some columns of one family of one host, over a time range. Every read is bounded in time.
struct SeriesScan {
    HostId host;
    const metrics::Family* family = nullptr;
    std::span<const std::size_t> columns; ///< positions in family->columns
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;     ///< not included
    bool withPrevious = false; ///< also the rows before `from` that a counter's first increase starts from
    std::optional<std::span<const std::int64_t>> instances{}; ///< sorted; nothing: all
};

/// In which forms the samples of one family of one host are kept, over a range of time: what a reader picks a tier by.
struct Coverage {
    std::vector<std::int64_t> hot; ///< hours (their starts, sorted) with rows that are not in the tiers yet
    std::array<std::vector<std::int64_t>, 3> blocks; ///< by Tier: where stored blocks begin (blockMs() long), sorted
    std::int64_t keptFromMs = 0; ///< samples of the family from before that expired or were evicted, in every form

    [[nodiscard]] const std::vector<std::int64_t>& of(Tier tier) const
    {
        return blocks[static_cast<std::size_t>(tier)];
    }
};

/// What to read of a tier (not Raw): some columns of one family of one host, the buckets that begin in a range.
struct TierScan {
    HostId host;
    const metrics::Family* family = nullptr;
    Tier tier = Tier::Hour;
    std::span<const std::uint32_t> columns; ///< numbers as rollupColumn() (storage/rollup.h) makes them
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0;                                    ///< not included
    std::optional<std::span<const std::int64_t>> instances{}; ///< sorted; nothing: all
};

/// Takes rows a piece at a time, at most a stored block of them, sorted by instance and time; a column that none of
/// them has may be missing, or absent in each. Valid during the visit only. False: no more.
using BlockVisitor = std::function<bool(const metrics::Block&)>;

/// Where samples are kept. One interface, one contract-test suite (tests/contract/store), a backend per database.
///
/// append() is durable and all or nothing: when it gives outcomes, every batch of the group is on disk once, however
/// often it was sent and whenever the power fails; when it gives an error, nothing of the group is. One thread appends
/// (Ingest); everything else may be called on any thread at the same time and sees a group wholly or not at all.
///
/// Errors: Busy and Io mean that the same call may succeed later (locked, disk full, disk failed); others that it never
/// will.
class Store {
public:
    /// Batch ids are kept for this long to tell duplicates: far longer than any agent holds a batch that it was not
    /// told was stored.
    static constexpr std::int64_t kBatchIdKeptMs = 90LL * 24 * 3'600 * 1'000;
    /// How far before `from` a scan looks for the previous rows.
    static constexpr std::int64_t kPreviousWithinMs = 6LL * 3'600 * 1'000;
    /// Rows that come late are not taken until this long after the end of what was removed of their family: counters
    /// there have lost what they grew from, and could not be rolled up again as they were.
    static constexpr std::int64_t kLateMarginMs = kPreviousWithinMs;

    virtual ~Store() = default;

    /// Stores the batches and the states that hosts have after them. One outcome per batch, in order.
    [[nodiscard]] virtual Result<std::vector<BatchOutcome>> append(
        std::span<const HostBatch> group, std::span<const StoredHostState> states) = 0;

    /// The instances of a family on a host, ever.
    [[nodiscard]] virtual Result<InstanceList> instances(HostId host, const metrics::Family& family) const = 0;

    /// Visits the rows hour by hour, oldest first, until the visitor says no; columns have the catalogue's numbers.
    /// Rows before `from` (withPrevious) come first, in one visit of their own.
    [[nodiscard]] virtual Result<void> scan(const SeriesScan& what, const BlockVisitor& visitor) const = 0;

    /// How the range is kept: hours and blocks that touch it.
    [[nodiscard]] virtual Result<Coverage> coverage(
        HostId host, const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs) const = 0;

    /// Visits the buckets of a tier. The rows of one instance come in order of time; columns that nothing was stored of
    /// are left out.
    [[nodiscard]] virtual Result<void> scanTier(const TierScan& what, const BlockVisitor& visitor) const = 0;

    /// Runs `read`, in which all that this thread reads of the store is of one moment; gives what it gives. Not nested.
    /// A store that nobody writes to meanwhile just runs it.
    [[nodiscard]] virtual Result<void> atOnce(const std::function<Result<void>()>& read) const { return read(); }

    /// The last stored state of every host.
    [[nodiscard]] virtual Result<std::vector<StoredHostState>> hostStates() const = 0;
};

} // namespace sextant::server

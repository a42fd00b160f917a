// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"
#include "metrics/catalogue.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/tier.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

// The table `blocks`: immutable encoded blocks (metrics/block.h) of every tier, in parts of at most kBlockRows rows.
// And `block_sizes`, which counts them per tier, kept in step by the functions here: nothing else writes either table.

/// Which block: a host's family, a tier, and the stretch of blockMs(tier) that begins at `startMs`.
struct BlockKey {
    HostId host;
    const metrics::Family* family = nullptr;
    Tier tier = Tier::Raw;
    std::int64_t startMs = 0;
};

/// What to read of blocks that overlap a range.
struct BlockRange {
    HostId host;
    const metrics::Family* family = nullptr;
    Tier tier = Tier::Raw;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0; ///< not included
    metrics::BlockChoice choice{};
};

// A part that is damaged is left out by whoever reads, and told of (storage/damage.h); it stays until its block goes.

/// The block, its parts put together, rows in order; empty when there is none.
[[nodiscard]] Result<metrics::Block> readBlock(
    QSqlDatabase& database, const BlockKey& key, const metrics::BlockChoice& choice = {});

/// A block on its way to be written anew.
struct StoredBlock {
    metrics::Block rows;
    std::vector<std::int64_t> damagedParts; ///< their numbers; their rows are missing
};
[[nodiscard]] Result<StoredBlock> readToRewrite(QSqlDatabase& database, const BlockKey& key);

/// Visits the blocks that overlap the range, all of its chosen rows at once, oldest first, until the visitor says no.
using StoredBlockVisitor = std::function<bool(std::int64_t startMs, metrics::Block&& block)>;
[[nodiscard]] Result<void> readBlocks(
    QSqlDatabase& database, const BlockRange& range, const StoredBlockVisitor& visitor);

/// The same, each part by itself, so that no more than one of them is in memory: rows in order, and those of one
/// instance later from part to part.
[[nodiscard]] Result<void> readParts(
    QSqlDatabase& database, const BlockRange& range, const StoredBlockVisitor& visitor);

/// The starts of the blocks that overlap the range, oldest first. Unpacks nothing.
[[nodiscard]] Result<std::vector<std::int64_t>> blockStarts(QSqlDatabase& database, const BlockRange& range);

/// Puts the block in the place of the one with that key. No rows: none is there afterwards. Rows as sortRows() leaves
/// them. In the transaction of the caller.
[[nodiscard]] Result<void> putBlock(QSqlDatabase& database, const BlockKey& key, const metrics::Block& block);

/// A block on its way into the table, or more rows of one that is there. The two halves of putBlock(): encoding, which
/// is most of the work, needs no transaction.
struct EncodedBlock {
    struct Part {
        std::size_t rows = 0;
        std::string bytes;
    };
    BlockKey key;
    std::vector<Part> parts;
    bool isMore = false;                    ///< parts of their own behind those that are there, not in their place
    std::vector<std::int64_t> damagedParts; ///< StoredBlock's: these stay, perhaps somebody can mend them
};
[[nodiscard]] Result<EncodedBlock> encode(const BlockKey& key, const metrics::Block& block);
[[nodiscard]] Result<void> put(QSqlDatabase& database, std::span<const EncodedBlock> blocks);

/// What a tier holds.
struct TierSize {
    std::int64_t blocks = 0; ///< parts
    std::int64_t rows = 0;
    std::int64_t bytes = 0;               ///< encoded; the database adds its own
    std::int64_t evictedBeforeMs = 0;     ///< what began before was removed for want of room; 0: nothing was
    std::optional<std::int64_t> oldestMs; ///< where its first block begins
};
[[nodiscard]] Result<TierSize> tierSize(QSqlDatabase& database, Tier tier);

/// A part of a block that is to go.
struct OldBlock {
    HostId host;
    std::string family;
    std::int64_t startMs = 0;
};
/// At most `limit` parts of the tier that ended by `endedByMs`: the oldest of all, or of one family on any host, the
/// oldest of a host first.
[[nodiscard]] Result<std::vector<OldBlock>> oldestBlocks(
    QSqlDatabase& database, Tier tier, std::int64_t endedByMs, std::size_t limit);
[[nodiscard]] Result<std::vector<OldBlock>> oldestBlocksOf(
    QSqlDatabase& database, Tier tier, const metrics::Family& family, std::int64_t endedByMs, std::size_t limit);

/// What was removed.
struct ErasedBlocks {
    std::size_t parts = 0;
    std::int64_t fromMs = 0; ///< the stretch that they were of; meaningful when there were any
    std::int64_t toMs = 0;
};
/// Removes their blocks, each with all of its parts, one after another until that many bytes are gone; raises
/// goneBefore() of their families. In the transaction of the caller.
[[nodiscard]] Result<ErasedBlocks> eraseBlocks(
    QSqlDatabase& database, Tier tier, std::span<const OldBlock> blocks, std::int64_t enoughBytes);
/// Remembers that what began before that time was evicted.
[[nodiscard]] Result<void> setEvictedBefore(QSqlDatabase& database, Tier tier, std::int64_t timeMs);

/// Up to where blocks of a tier were removed, for whatever reason, by the names of families. A block that begins before
/// that is not to be made anew: what is left of its time would pass for all of it.
using GoneBefore = std::map<std::string, std::int64_t, std::less<>>;
[[nodiscard]] Result<GoneBefore> goneBefore(QSqlDatabase& database, Tier tier);
/// Up to where blocks of the family were removed in every tier; 0: not in each of them.
[[nodiscard]] Result<std::int64_t> goneInEveryTier(QSqlDatabase& database, const metrics::Family& family);
/// Raises it, for samples that are not in blocks; in the transaction of the caller.
[[nodiscard]] Result<void> raiseGoneBefore(QSqlDatabase& database, Tier tier, const GoneBefore& gone);

} // namespace sextant::server

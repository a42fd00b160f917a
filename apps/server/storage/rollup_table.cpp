// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/rollup_table.h"

#include "server/storage/block_table.h"
#include "server/storage/raw_rows.h"
#include "server/storage/rollup.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sextant::server {
namespace {

using metrics::Block;
using metrics::BlockColumn;

bool isWithin(std::int64_t timeMs, std::int64_t fromMs, std::int64_t toMs)
{
    return timeMs >= fromMs && timeMs < toMs;
}

/// An hour of so many rows is large enough for a part: to pack a month of 20,000 instances, 14 million rows would be in
/// memory at once.
constexpr std::size_t kLargeHour = 4'096;

/// Whether an hour is packed into one with what its block has. Else it goes behind it as it is, which costs a part of
/// the work and of the reading time of that packing. Hosts take turns, so that no hour packs for all of them.
bool isPackedAt(const BlockKey& key, std::int64_t hourMs, std::size_t rows)
{
    if (rows >= kLargeHour)
        return false;
    constexpr std::int64_t kDayParts = 6;
    constexpr std::int64_t kMonthParts = 24;
    const bool isLast = hourMs + kHourMs == key.startMs + blockMs(key.tier);
    return isLast ||
           (hourMs / kHourMs + key.host.value) % (key.tier == Tier::FiveMinutes ? kDayParts : kMonthParts) == 0;
}

/// Whether all that the block has is from before that hour.
Result<bool> isNewest(QSqlDatabase& database, const BlockKey& key, std::int64_t hourMs)
{
    const std::span<const std::uint32_t> noColumns;
    bool newest = true;
    auto read = readParts(database, {key.host, key.family, key.tier, key.startMs, key.startMs + 1, {noColumns}},
        [&](std::int64_t, Block&& part) {
            newest = std::ranges::all_of(part.timesMs, [hourMs](std::int64_t timeMs) { return timeMs < hourMs; });
            return newest;
        });
    if (!read)
        return tl::unexpected(read.error());
    return newest;
}

Result<EncodedBlock> encodeHour(
    QSqlDatabase& database, const BlockKey& key, std::int64_t hourMs, Block&& rolled, HourRows hourRows)
{
    // Whatever the order in which hours came: equal rows, equal columns.
    std::ranges::sort(rolled.columns, {}, &BlockColumn::number);
    if (!isPackedAt(key, hourMs, rolled.rowCount())) {
        const auto newest = isNewest(database, key, hourMs);
        if (!newest)
            return tl::unexpected(newest.error());
        if (*newest) {
            auto encoded = encode(key, rolled);
            if (encoded)
                encoded->isMore = true;
            return encoded;
        }
    }
    const auto stored = readToRewrite(database, key);
    if (!stored)
        return tl::unexpected(stored.error());
    const auto stays = [&](std::size_t row) {
        return hourRows == HourRows::Part || !isWithin(stored->rows.timesMs[row], hourMs, hourMs + kHourMs);
    };
    Block merged = rowsWhere(stored->rows, stays);
    metrics::appendRows(merged, rolled);
    metrics::sortRows(merged); // of two buckets of one time the first stays
    std::ranges::sort(merged.columns, {}, &BlockColumn::number);
    auto encoded = encode(key, merged);
    if (encoded)
        encoded->damagedParts = stored->damagedParts;
    return encoded;
}

} // namespace

Result<std::vector<EncodedBlock>> encodeRollups(QSqlDatabase& database, HostId host, const metrics::Family& family,
    std::int64_t hourMs, const Block& hour, const Block& before, HourRows hourRows)
{
    const auto ofThisHour = [&](std::int64_t timeMs) { return isWithin(timeMs, hourMs, hourMs + kHourMs); };
    if (startOf(hourMs, kHourMs) != hourMs || !std::ranges::all_of(hour.timesMs, ofThisHour))
        return fail(ErrorCode::Invalid, "the rows to roll up are not those of one hour");
    std::vector<EncodedBlock> blocks;
    for (const Tier tier : kRollupTiers) {
        const BlockKey key{host, &family, tier, startOf(hourMs, blockMs(tier))};
        const auto gone = goneBefore(database, tier);
        if (!gone)
            return tl::unexpected(gone.error());
        if (const auto until = gone->find(family.name); until != gone->end() && key.startMs < until->second)
            continue;
        auto block = encodeHour(database, key, hourMs, rollUp(family, tier, hour, before), hourRows);
        if (!block)
            return tl::unexpected(block.error());
        blocks.push_back(std::move(*block));
    }
    return blocks;
}

Result<void> scanRollup(QSqlDatabase& database, const TierScan& what, const BlockVisitor& visitor)
{
    const auto wanted = [&](std::int64_t timeMs) { return isWithin(timeMs, what.fromMs, what.toMs); };
    return readParts(database,
        {what.host, what.family, what.tier, what.fromMs, what.toMs, {what.columns, what.instances}},
        [&](std::int64_t, Block&& block) {
            if (std::ranges::all_of(block.timesMs, wanted))
                return visitor(block);
            return visitor(rowsWhere(block, [&](std::size_t row) { return wanted(block.timesMs[row]); }));
        });
}

Result<Coverage> blockCoverage(
    QSqlDatabase& database, HostId host, const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs)
{
    Coverage coverage;
    for (const Tier tier : {Tier::Raw, Tier::FiveMinutes, Tier::Hour}) {
        auto starts = blockStarts(database, BlockRange{host, &family, tier, fromMs, toMs, {}});
        if (!starts)
            return tl::unexpected(starts.error());
        coverage.blocks[static_cast<std::size_t>(tier)] = std::move(*starts);
    }
    const auto gone = goneInEveryTier(database, family);
    if (!gone)
        return tl::unexpected(gone.error());
    coverage.keptFromMs = *gone;
    return coverage;
}

} // namespace sextant::server

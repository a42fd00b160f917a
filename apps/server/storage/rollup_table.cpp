// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/rollup_table.h"

#include "server/storage/block_table.h"
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

/// The rows whose times `wanted` holds for, in their order.
template <typename Wanted>
Block rowsWhere(const Block& block, Wanted wanted)
{
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < block.rowCount(); ++row) {
        if (wanted(block.timesMs[row]))
            rows.push_back(row);
    }
    Block kept;
    for (const std::size_t row : rows) {
        kept.instances.push_back(block.instances[row]);
        kept.timesMs.push_back(block.timesMs[row]);
        kept.intervalsMs.push_back(block.intervalsMs[row]);
    }
    for (const BlockColumn& column : block.columns) {
        BlockColumn& into = kept.columns.emplace_back(BlockColumn{column.number, column.storage, {}});
        into.cells.reserve(rows.size());
        for (const std::size_t row : rows)
            into.cells.push_back(column.cells[row]);
    }
    return kept;
}

Result<void> replaceHour(QSqlDatabase& database, const BlockKey& key, std::int64_t hourMs, const Block& rolled)
{
    const auto stored = readBlock(database, key);
    if (!stored)
        return tl::unexpected(stored.error());
    Block merged = rowsWhere(*stored, [&](std::int64_t timeMs) { return !isWithin(timeMs, hourMs, hourMs + kHourMs); });
    metrics::appendRows(merged, rolled);
    metrics::sortRows(merged);
    // Whatever the order in which hours came: equal rows, equal bytes.
    std::ranges::sort(merged.columns, {}, &BlockColumn::number);
    return putBlock(database, key, merged);
}

} // namespace

Result<void> rollUpHour(QSqlDatabase& database, HostId host, const metrics::Family& family, std::int64_t hourMs,
    const Block& hour, const Block& before)
{
    const auto ofThisHour = [&](std::int64_t timeMs) { return isWithin(timeMs, hourMs, hourMs + kHourMs); };
    if (startOf(hourMs, kHourMs) != hourMs || !std::ranges::all_of(hour.timesMs, ofThisHour))
        return fail(ErrorCode::Invalid, "the rows to roll up are not those of one hour");
    for (const Tier tier : kRollupTiers) {
        const BlockKey key{host, &family, tier, startOf(hourMs, blockMs(tier))};
        const auto gone = goneBefore(database, tier);
        if (!gone)
            return tl::unexpected(gone.error());
        if (const auto until = gone->find(family.name); until != gone->end() && key.startMs < until->second)
            continue;
        if (auto done = replaceHour(database, key, hourMs, rollUp(family, tier, hour, before)); !done)
            return done;
    }
    return {};
}

Result<void> scanRollup(QSqlDatabase& database, const TierScan& what, const BlockVisitor& visitor)
{
    const auto wanted = [&](std::int64_t timeMs) { return isWithin(timeMs, what.fromMs, what.toMs); };
    return readBlocks(database, {what.host, what.family, what.tier, what.fromMs, what.toMs, what.columns},
        [&](std::int64_t, Block&& block) {
            return std::ranges::all_of(block.timesMs, wanted) ? visitor(block) : visitor(rowsWhere(block, wanted));
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
    return coverage;
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sealer.h"

#include "server/storage/block_table.h"
#include "server/storage/database.h"
#include "server/storage/raw_rows.h"

#include <QSqlDatabase>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sextant::server {
namespace {

std::vector<std::uint32_t> countersOf(const metrics::Family& family)
{
    std::vector<std::uint32_t> numbers;
    for (const metrics::Column& column : family.columns) {
        if (column.kind == metrics::Kind::Counter)
            numbers.push_back(column.number);
    }
    return numbers;
}

HourRows rowsLeft(const StoredBlock& block)
{
    return block.damagedParts.empty() ? HourRows::All : HourRows::Part;
}

/// Whether a counter of these rows may grow from a reading before that time.
bool reachesBefore(const metrics::Block& rows, std::int64_t timeMs)
{
    for (std::size_t row = 0; row < rows.rowCount(); ++row) {
        if (rows.timesMs[row] - joinWithinMs(rows.intervalsMs[row]) < timeMs)
            return true;
    }
    return false;
}

} // namespace

Sealer::Sealer(Database& database, HotRows& hot) : m_database(database), m_hot(hot) {}

Result<bool> Sealer::sealOldest(std::int64_t endedByMs, std::int64_t nowMs, std::int64_t quietMs)
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    const auto hour = nextHour(*reader, endedByMs, m_late.waiting(nowMs, quietMs));
    if (!hour)
        return tl::unexpected(hour.error());
    if (!*hour) {
        m_failed.clear();
        return false;
    }
    m_late.forget((*hour)->host, (*hour)->hourMs);
    if (auto sealed = sealHour(*reader, **hour); !sealed) {
        if (sealed.error().code != ErrorCode::Busy && sealed.error().code != ErrorCode::Unreachable)
            m_failed.emplace((*hour)->host.value, (*hour)->hourMs);
        return tl::unexpected(sealed.error());
    }
    return true;
}

Result<std::optional<HotHour>> Sealer::nextHour(
    QSqlDatabase& reader, std::int64_t endedByMs, std::set<LateHours::Hour> passedOver)
{
    passedOver.insert(m_failed.begin(), m_failed.end());
    const auto hours = m_hot.hours(reader, endedByMs - kHourMs + 1, passedOver.size() + 1);
    if (!hours)
        return tl::unexpected(hours.error());
    for (const HotHour& hour : *hours) {
        if (!passedOver.contains({hour.host.value, hour.hourMs}))
            return hour;
    }
    return std::nullopt;
}

Result<void> Sealer::sealHour(QSqlDatabase& reader, const HotHour& hour)
{
    std::int64_t version = 0;
    std::vector<HotFamily> families;
    const auto read = readAtOnce(reader, [&]() -> Result<void> {
        const auto counted = m_hot.version(reader, hour);
        if (!counted)
            return tl::unexpected(counted.error());
        version = *counted;
        auto found = m_hot.readHour(reader, hour);
        if (!found)
            return tl::unexpected(found.error());
        families = std::move(*found);
        return {};
    });
    if (!read)
        return read;
    // First what lies outside of the hour: when all of it is done once more after a crash, nothing is different.
    for (const HotFamily& family : families) {
        if (auto rolled = rollUpLater(reader, hour, *family.family); !rolled)
            return rolled;
    }
    Blocks blocks;
    for (const HotFamily& family : families) {
        if (auto encoded =
                encodeFamily(reader, {hour.host, family.family, Tier::Raw, hour.hourMs}, family.rows, blocks);
            !encoded)
            return encoded;
    }
    return m_database.write([&](QSqlDatabase& database) -> Result<void> {
        const auto now = m_hot.version(database, hour);
        if (!now)
            return tl::unexpected(now.error());
        if (*now != version)
            return {}; // rows came since: the hour stays hot, and its turn comes again
        m_sealed.sealed(hour.host, hour.hourMs);
        if (auto written = put(database, blocks); !written)
            return written;
        return m_hot.sealed(database, hour);
    });
}

Result<void> Sealer::encodeFamily(QSqlDatabase& reader, const BlockKey& key, const metrics::Block& hot, Blocks& blocks)
{
    auto stored = readToRewrite(reader, key);
    if (!stored)
        return tl::unexpected(stored.error());
    metrics::Block& rows = stored->rows;
    const auto keeps = m_hot.keepsSealed(reader);
    if (!keeps)
        return tl::unexpected(keeps.error());
    // A block from before rows stayed has rows that are nowhere else.
    const bool makesBlock = !*keeps || rows.rowCount() > 0;
    metrics::appendRows(rows, hot);
    metrics::sortRows(rows);
    if (makesBlock) {
        auto block = encode(key, rows);
        if (!block)
            return tl::unexpected(block.error());
        block->damagedParts = stored->damagedParts;
        blocks.push_back(std::move(*block));
    }
    return encodeRollup(reader, key, rows, rowsLeft(*stored), blocks);
}

Result<void> Sealer::encodeRollup(
    QSqlDatabase& reader, const BlockKey& key, const metrics::Block& rows, HourRows hourRows, Blocks& blocks)
{
    const std::vector<std::uint32_t> counters = countersOf(*key.family);
    metrics::Block before;
    if (!counters.empty()) {
        const auto read = readAtOnce(reader, [&]() -> Result<void> {
            auto found = rowsBefore(reader, m_hot, key.host, *key.family, key.startMs, {counters});
            if (!found)
                return tl::unexpected(found.error());
            before = std::move(*found);
            return {};
        });
        if (!read)
            return read;
    }
    auto rolled = encodeRollups(reader, key.host, *key.family, key.startMs, rows, before, hourRows);
    if (!rolled)
        return tl::unexpected(rolled.error());
    std::ranges::move(*rolled, std::back_inserter(blocks));
    return {};
}

Result<void> Sealer::rollUpLater(QSqlDatabase& reader, const HotHour& hour, const metrics::Family& family)
{
    if (countersOf(family).empty())
        return {};
    const std::int64_t endMs = hour.hourMs + kHourMs;
    const std::int64_t farthestMs = hour.hourMs + Store::kPreviousWithinMs + kHourMs;
    const auto sealed = blockStarts(reader, BlockRange{hour.host, &family, Tier::Raw, endMs, farthestMs, {}});
    if (!sealed)
        return tl::unexpected(sealed.error());
    const auto stayed = m_hot.sealedHoursOf(reader, hour.host, endMs, farthestMs);
    if (!stayed)
        return tl::unexpected(stayed.error());
    std::vector<std::int64_t> later;
    std::ranges::set_union(*sealed, *stayed, std::back_inserter(later));
    for (const std::int64_t startMs : later) {
        const BlockKey key{hour.host, &family, Tier::Raw, startMs};
        auto stored = readToRewrite(reader, key);
        if (!stored)
            return tl::unexpected(stored.error());
        metrics::Block& rows = stored->rows;
        if (std::ranges::binary_search(*stayed, startMs)) {
            const auto more = m_hot.read(reader, hour.host, family, startMs, startMs + kHourMs, {});
            if (!more)
                return tl::unexpected(more.error());
            metrics::appendRows(rows, *more);
            metrics::sortRows(rows);
        }
        if (!reachesBefore(rows, endMs))
            continue;
        Blocks blocks; // written at once: the next hour may belong into the same ones
        if (auto rolled = encodeRollup(reader, key, rows, rowsLeft(*stored), blocks); !rolled)
            return rolled;
        if (auto written = m_database.write([&](QSqlDatabase& database) { return put(database, blocks); }); !written)
            return written;
    }
    return {};
}

} // namespace sextant::server

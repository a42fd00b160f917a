// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sealer.h"

#include "server/storage/block_table.h"
#include "server/storage/database.h"
#include "server/storage/raw_rows.h"
#include "server/storage/rollup_table.h"

#include <QSqlDatabase>

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

Result<bool> Sealer::sealOldest(std::int64_t endedByMs)
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    const auto hour = nextHour(*reader, endedByMs);
    if (!hour)
        return tl::unexpected(hour.error());
    if (!*hour) {
        m_failed.clear();
        return false;
    }
    if (auto sealed = sealHour(*reader, **hour); !sealed) {
        if (sealed.error().code != ErrorCode::Busy && sealed.error().code != ErrorCode::Unreachable)
            m_failed.emplace((*hour)->host.value, (*hour)->hourMs);
        return tl::unexpected(sealed.error());
    }
    return true;
}

Result<std::optional<HotHour>> Sealer::nextHour(QSqlDatabase& reader, std::int64_t endedByMs)
{
    const auto hours = m_hot.hours(reader, endedByMs - kHourMs + 1, m_failed.size() + 1);
    if (!hours)
        return tl::unexpected(hours.error());
    for (const HotHour& hour : *hours) {
        if (!m_failed.contains({hour.host.value, hour.hourMs}))
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
    for (HotFamily& family : families) {
        if (auto sealed = sealFamily(reader, hour, std::move(family)); !sealed)
            return sealed;
    }
    return m_database.write([&](QSqlDatabase& database) -> Result<void> {
        const auto now = m_hot.version(database, hour);
        if (!now)
            return tl::unexpected(now.error());
        return *now == version ? m_hot.erase(database, hour) : Result<void>();
    });
}

Result<void> Sealer::sealFamily(QSqlDatabase& reader, const HotHour& hour, HotFamily hot)
{
    const BlockKey key{hour.host, hot.family, Tier::Raw, hour.hourMs};
    auto rows = readBlock(reader, key); // only this thread changes it
    if (!rows)
        return tl::unexpected(rows.error());
    metrics::appendRows(*rows, hot.rows);
    metrics::sortRows(*rows);
    const auto parts = encodeParts(*rows);
    if (!parts)
        return tl::unexpected(parts.error());
    return m_database.write([&](QSqlDatabase& database) -> Result<void> {
        m_sealed.sealed(hour.host, hour.hourMs);
        if (auto put = putParts(database, key, *parts); !put)
            return put;
        if (auto rolled = rollUp(database, key, *rows); !rolled)
            return rolled;
        return rollUpLater(database, key);
    });
}

Result<void> Sealer::rollUp(QSqlDatabase& database, const BlockKey& key, const metrics::Block& rows)
{
    const std::vector<std::uint32_t> counters = countersOf(*key.family);
    metrics::Block before;
    if (!counters.empty()) {
        auto found = rowsBefore(database, m_hot, key.host, *key.family, key.startMs, counters);
        if (!found)
            return tl::unexpected(found.error());
        before = std::move(*found);
    }
    return rollUpHour(database, key.host, *key.family, key.startMs, rows, before);
}

Result<void> Sealer::rollUpLater(QSqlDatabase& database, const BlockKey& key)
{
    if (countersOf(*key.family).empty())
        return {};
    const std::int64_t endMs = key.startMs + kHourMs;
    const auto later = blockStarts(database,
        BlockRange{key.host, key.family, Tier::Raw, endMs, key.startMs + Store::kPreviousWithinMs + kHourMs, {}});
    if (!later)
        return tl::unexpected(later.error());
    for (const std::int64_t hourMs : *later) {
        const auto rows = readBlock(database, {key.host, key.family, Tier::Raw, hourMs});
        if (!rows)
            return tl::unexpected(rows.error());
        if (!reachesBefore(*rows, endMs))
            continue;
        if (auto rolled = rollUp(database, {key.host, key.family, Tier::Raw, hourMs}, *rows); !rolled)
            return rolled;
    }
    return {};
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/day_partitions.h"

#include "server/storage/postgres/wide_tables.h"
#include "server/storage/sql.h"

#include <QDate>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariant>

namespace sextant::server {
namespace {

const QDate kEpoch(1970, 1, 1);

QString partitionOf(const metrics::Family& family, std::int64_t day)
{
    return wideTable(family) + u'_' + kEpoch.addDays(day).toString(QStringLiteral("yyyyMMdd"));
}

} // namespace

Result<void> DayPartitions::ensure(QSqlDatabase& database, const metrics::Family& family, std::int64_t timeMs)
{
    const auto days = daysOf(database, family);
    if (!days)
        return tl::unexpected(days.error());
    const std::int64_t day = timeMs / kDayMs;
    if (m_isHypertable)
        return {};
    for (const std::int64_t wanted : {day, day + 1}) {
        if ((*days)->contains(wanted))
            continue;
        if (auto made = make(database, family, wanted); !made)
            return made;
        (*days)->insert(wanted);
    }
    return {};
}

Result<std::size_t> DayPartitions::drop(QSqlDatabase& database, const metrics::Family& family, std::int64_t endedByMs)
{
    const auto days = daysOf(database, family);
    if (!days)
        return tl::unexpected(days.error());
    // A reader that takes long would keep the writer, and everybody behind it, waiting.
    if (auto set = execute(database, QStringLiteral("SET LOCAL lock_timeout = 200")); !set)
        return tl::unexpected(set.error());
    if (m_isHypertable) {
        auto query = select(database, QStringLiteral("SELECT count(*) FROM drop_chunks('%1', older_than => %2)")
                                          .arg(wideTable(family), timeLiteral(endedByMs)));
        if (!query)
            return tl::unexpected(query.error());
        return firstValue(*query).map([](const QVariant& chunks) { return std::size_t{chunks.toULongLong()}; });
    }
    std::size_t dropped = 0;
    while (!(*days)->empty() && (*(*days)->begin() + 1) * kDayMs <= endedByMs) {
        const std::int64_t day = *(*days)->begin();
        if (auto done = execute(database, QStringLiteral("DROP TABLE ") + partitionOf(family, day)); !done)
            return tl::unexpected(done.error());
        (*days)->erase(day);
        ++dropped;
    }
    return dropped;
}

Result<DayPartitions::Days*> DayPartitions::daysOf(QSqlDatabase& database, const metrics::Family& family)
{
    if (const auto known = m_days.find(&family); known != m_days.end())
        return &known->second;
    const auto chunking = chunkingOf(database);
    if (!chunking)
        return tl::unexpected(chunking.error());
    m_isHypertable = *chunking == Chunking::Hypertable;
    Days days;
    auto query = select(
        database, QStringLiteral("SELECT right(relname, 8) FROM pg_class WHERE relispartition AND oid IN (SELECT "
                                 "inhrelid FROM pg_inherits WHERE inhparent = '%1'::regclass)")
                      .arg(wideTable(family)));
    if (!query)
        return tl::unexpected(query.error());
    while (query->next())
        days.insert(kEpoch.daysTo(QDate::fromString(query->value(0).toString(), QStringLiteral("yyyyMMdd"))));
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return &m_days.emplace(&family, std::move(days)).first->second;
}

Result<void> DayPartitions::make(QSqlDatabase& database, const metrics::Family& family, std::int64_t day)
{
    // Made apart and attached, which readers and writers of the other days do not have to wait for.
    const QString name = partitionOf(family, day);
    if (auto made = execute(
            database, QStringLiteral("CREATE TABLE %1 (LIKE %2 INCLUDING INDEXES)").arg(name, wideTable(family)));
        !made)
        return made;
    return execute(
        database, QStringLiteral("ALTER TABLE %1 ATTACH PARTITION %2 FOR VALUES FROM (%3) TO (%4)")
                      .arg(wideTable(family), name, timeLiteral(day * kDayMs), timeLiteral((day + 1) * kDayMs)));
}

} // namespace sextant::server

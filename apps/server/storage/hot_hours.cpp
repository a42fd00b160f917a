// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/hot_hours.h"

#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

namespace sextant::server {

Result<std::vector<HotHour>> hotHours(QSqlDatabase& database, std::int64_t beforeMs, std::size_t limit)
{
    auto query = prepare(
        database, QStringLiteral("SELECT host_id, hour_ms FROM hot_hours WHERE hour_ms < ? ORDER BY hour_ms LIMIT ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{beforeMs});
    query->bindValue(1, static_cast<qint64>(limit));
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<HotHour> found;
    while (query->next())
        found.push_back({HostId{query->value(0).toLongLong()}, query->value(1).toLongLong()});
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return found;
}

Result<std::vector<std::int64_t>> hotHoursOf(
    QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs)
{
    auto query = prepare(database, QStringLiteral("SELECT hour_ms FROM hot_hours WHERE host_id = ? AND hour_ms >= ? "
                                                  "AND hour_ms < ? ORDER BY hour_ms"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{host.value});
    query->bindValue(1, qint64{fromMs});
    query->bindValue(2, qint64{toMs});
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<std::int64_t> found;
    while (query->next())
        found.push_back(query->value(0).toLongLong());
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return found;
}

Result<void> removeHotHour(QSqlDatabase& database, const HotHour& hour)
{
    auto query = prepare(database, QStringLiteral("DELETE FROM hot_hours WHERE host_id = ? AND hour_ms = ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{hour.host.value});
    query->bindValue(1, qint64{hour.hourMs});
    return execute(*query);
}

} // namespace sextant::server

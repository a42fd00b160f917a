// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/snapshot_room.h"

#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QString>

namespace sextant::server {
namespace {

/// A trigger for rows that come or go, and its function.
Result<void> keepCount(QSqlDatabase& database, const QString& event, const QString& rows, QChar sign)
{
    auto made = execute(
        database, QStringLiteral("CREATE FUNCTION count_snapshot_room_%1() RETURNS trigger LANGUAGE plpgsql SET "
                                 "search_path FROM CURRENT AS $$ BEGIN UPDATE snapshot_room AS room SET snapshots = "
                                 "room.snapshots %2 changed.number, bytes = room.bytes %2 changed.bytes FROM (SELECT "
                                 "count(*) AS number, coalesce(sum(length(data)), 0) AS bytes FROM moved) AS changed; "
                                 "RETURN NULL; END $$")
                      .arg(event, sign));
    if (!made)
        return made;
    return execute(
        database, QStringLiteral("CREATE TRIGGER count_room_%1 AFTER %1 ON snapshots REFERENCING %2 TABLE AS moved FOR "
                                 "EACH STATEMENT EXECUTE FUNCTION count_snapshot_room_%1()")
                      .arg(event, rows));
}

} // namespace

Result<void> prepareSnapshotRoom(QSqlDatabase& database)
{
    auto query = select(database, QStringLiteral("SELECT to_regclass('snapshot_room') IS NOT NULL"));
    if (!query)
        return tl::unexpected(query.error());
    const auto isThere = firstValue(*query);
    if (!isThere)
        return tl::unexpected(isThere.error());
    if (isThere->toBool())
        return {};
    auto made = execute(
        database, QStringLiteral("CREATE TABLE snapshot_room AS SELECT count(*) AS snapshots, coalesce(sum(length("
                                 "data)), 0)::int8 AS bytes FROM snapshots"));
    if (made)
        made = keepCount(database, QStringLiteral("insert"), QStringLiteral("NEW"), u'+');
    if (made)
        made = keepCount(database, QStringLiteral("delete"), QStringLiteral("OLD"), u'-');
    return made;
}

} // namespace sextant::server

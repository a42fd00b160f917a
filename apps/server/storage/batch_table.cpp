// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/batch_table.h"

#include "server/storage/array_text.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include <set>
#include <utility>

namespace sextant::server {
namespace {

Result<std::vector<bool>> recordOneByOne(QSqlDatabase& database, std::span<const HostBatch> group)
{
    auto insert =
        prepare(database, QStringLiteral("INSERT INTO batches (id, host_id) VALUES (?, ?) ON CONFLICT DO NOTHING"));
    if (!insert)
        return tl::unexpected(insert.error());
    std::vector<bool> fresh;
    for (const HostBatch& batch : group) {
        insert->bindValue(0, bytesOf(batch.batch->id));
        insert->bindValue(1, qint64{batch.host.value});
        if (auto done = execute(*insert); !done)
            return tl::unexpected(done.error());
        fresh.push_back(insert->numRowsAffected() > 0);
    }
    return fresh;
}

/// In one statement: on PostgreSQL each one is a journey to the server and back.
Result<std::vector<bool>> recordAtOnce(QSqlDatabase& database, std::span<const HostBatch> group)
{
    QStringList ids;
    for (const HostBatch& batch : group)
        ids.push_back(QStringLiteral("\"\\\\x") + QString::fromLatin1(bytesOf(batch.batch->id).toHex()) + u'"');
    const QString hosts = arrayOf(group, [](const HostBatch& batch) { return qint64{batch.host.value}; });
    QSqlQuery insert(database);
    if (!insert.exec(QStringLiteral("INSERT INTO batches (id, host_id) SELECT id, host_id FROM unnest('{%1}'::bytea[], "
                                    "'%2'::int8[]) AS came (id, host_id) ON CONFLICT DO NOTHING RETURNING id, host_id")
                         .arg(ids.join(u','), hosts)))
        return tl::unexpected(sqlError(insert, "recording the ids of batches"));
    std::set<std::pair<QByteArray, std::int64_t>> recorded;
    while (insert.next())
        recorded.emplace(insert.value(0).toByteArray(), insert.value(1).toLongLong());
    if (auto read = allRead(insert); !read)
        return tl::unexpected(read.error());
    std::vector<bool> fresh;
    for (const HostBatch& batch : group)
        fresh.push_back(recorded.erase({bytesOf(batch.batch->id), batch.host.value}) > 0);
    return fresh;
}

} // namespace

QByteArray bytesOf(const metrics::BatchId& id)
{
    return {reinterpret_cast<const char*>(id.bytes().data()), static_cast<qsizetype>(id.bytes().size())};
}

Result<std::vector<bool>> recordBatches(QSqlDatabase& database, std::span<const HostBatch> group)
{
    return dialectOf(database) == Dialect::Postgres ? recordAtOnce(database, group) : recordOneByOne(database, group);
}

} // namespace sextant::server

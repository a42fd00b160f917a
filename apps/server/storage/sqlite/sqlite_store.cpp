// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/sqlite_store.h"

#include "metrics/families.h"
#include "server/storage/database.h"
#include "server/storage/sqlite/appender.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/family_tables.h"
#include "server/storage/sqlite/host_state_table.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <ranges>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kPruneEveryMs = 60'000;
/// Ids looked at in one go: a bound on what pruning adds to a group.
constexpr int kPruneAtOnce = 5'000;

Result<QSqlQuery> openScan(
    QSqlDatabase& reader, const SeriesScan& what, std::int64_t fromMs, std::int64_t toMs, bool newestFirst)
{
    auto query = prepare(reader, selectSql(*what.family, what.columns, newestFirst));
    if (!query)
        return query;
    query->bindValue(0, qint64{what.host.value});
    query->bindValue(1, qint64{fromMs});
    query->bindValue(2, qint64{toMs});
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return query;
}

metrics::Value toCell(const QVariant& value, const metrics::Column& column)
{
    if (value.isNull())
        return {};
    return column.storage == metrics::Storage::Real ? metrics::Value::real(value.toDouble())
                                                    : metrics::Value::fixed(value.toLongLong());
}

void readRow(const QSqlQuery& query, const SeriesScan& what, ScannedRow& row, std::vector<metrics::Value>& cells)
{
    row.timeMs = query.value(0).toLongLong();
    row.intervalMs = query.value(1).toUInt();
    row.instance = query.value(2).toLongLong();
    for (std::size_t i = 0; i < what.columns.size(); ++i)
        cells[i] = toCell(query.value(3 + static_cast<int>(i)), what.family->columns[what.columns[i]]);
    row.cells = cells;
}

} // namespace

SqliteStore::SqliteStore(Database& database, Clock clock) : m_database(database), m_clock(std::move(clock)) {}

SqliteStore::~SqliteStore()
{
    // Statements belong to the writer's connection. Once the database was stopped they are closed and any thread will
    // do.
    const auto done = m_database.write([this](QSqlDatabase&) -> Result<void> {
        m_appender.reset();
        return {};
    });
    if (!done)
        m_appender.reset();
}

Result<std::vector<BatchOutcome>> SqliteStore::append(
    std::span<const HostBatch> group, std::span<const StoredHostState> states)
{
    std::vector<BatchOutcome> outcomes;
    const auto written = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        if (!m_appender)
            m_appender = std::make_unique<Appender>(database);
        auto appended = m_appender->append(group);
        if (!appended)
            return tl::unexpected(appended.error());
        outcomes = std::move(*appended);
        if (auto stored = writeHostStates(database, states); !stored)
            return stored;
        return pruneBatchIds(database);
    });
    if (!m_appender)
        return tl::unexpected(written.error()); // the job never ran
    if (!written) {
        m_appender->forget();
        return tl::unexpected(written.error());
    }
    m_appender->keep();
    return outcomes;
}

Result<void> SqliteStore::pruneBatchIds(QSqlDatabase& database)
{
    const std::int64_t now = m_clock();
    if (now - m_prunedMs < kPruneEveryMs)
        return {};
    m_prunedMs = now;
    auto query = prepare(database,
        QStringLiteral("DELETE FROM batches WHERE id < ? AND id <= (SELECT max(id) FROM (SELECT id FROM batches "
                       "ORDER BY id LIMIT %1))")
            .arg(kPruneAtOnce));
    if (!query)
        return tl::unexpected(query.error());
    const auto oldest = metrics::BatchId::make(std::max<std::int64_t>(0, now - kBatchIdKeptMs), {});
    query->bindValue(0, QByteArray(reinterpret_cast<const char*>(oldest.bytes().data()),
                            static_cast<qsizetype>(oldest.bytes().size())));
    return execute(*query);
}

Result<std::vector<Instance>> SqliteStore::instances(HostId host, const metrics::Family& family) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    auto query = prepare(*reader, QStringLiteral("SELECT id, labels FROM instances WHERE host_id = ? AND family = ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{host.value});
    query->bindValue(1, QString::fromUtf8(family.name.data(), static_cast<qsizetype>(family.name.size())));
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<Instance> instances;
    while (query->next())
        instances.push_back({query->value(0).toLongLong(), labelsFromJson(family, query->value(1).toString())});
    return instances;
}

Result<void> SqliteStore::scan(const SeriesScan& what, const RowVisitor& visitor) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    ScannedRow row;
    std::vector<metrics::Value> cells(what.columns.size());
    if (what.withPrevious) {
        // Backwards until the rows are too old to be joined; then handed over in order of time.
        auto query = openScan(*reader, what, what.fromMs - kPreviousWithinMs, what.fromMs, true);
        if (!query)
            return tl::unexpected(query.error());
        std::vector<std::pair<ScannedRow, std::vector<metrics::Value>>> previous;
        while (query->next()) {
            readRow(*query, what, row, cells);
            if (row.timeMs < what.fromMs - joinWithinMs(row.intervalMs))
                break;
            previous.emplace_back(row, cells);
        }
        for (auto& [kept, keptCells] : previous | std::views::reverse) {
            kept.cells = keptCells;
            if (!visitor(kept))
                return {};
        }
    }
    auto query = openScan(*reader, what, what.fromMs, what.toMs, false);
    if (!query)
        return tl::unexpected(query.error());
    while (query->next()) {
        readRow(*query, what, row, cells);
        if (!visitor(row))
            return {};
    }
    if (query->lastError().isValid())
        return tl::unexpected(sqliteError(query->lastError(), "reading " + std::string(what.family->name)));
    return {};
}

Result<Coverage> SqliteStore::coverage(
    HostId host, const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    auto query = prepare(*reader,
        QStringLiteral("SELECT DISTINCT time - time % %1 AS hour FROM %2 WHERE host_id = ? AND time >= ? AND time < ? "
                       "ORDER BY hour")
            .arg(kHourMs)
            .arg(tableName(family)));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{host.value});
    query->bindValue(1, qint64{startOf(fromMs, kHourMs)});
    query->bindValue(2, qint64{toMs});
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    Coverage coverage;
    while (query->next())
        coverage.hot.push_back(query->value(0).toLongLong());
    return coverage;
}

Result<void> SqliteStore::scanTier(const TierScan&, const BlockVisitor&) const
{
    return {}; // nothing is sealed here: every hour is hot
}

Result<std::vector<StoredHostState>> SqliteStore::hostStates() const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    return readHostStates(*reader);
}

} // namespace sextant::server

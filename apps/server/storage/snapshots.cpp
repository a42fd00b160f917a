// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/snapshots.h"

#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace sextant::server {
namespace {

/// Whose history.
struct History {
    HostId host;
    QString kind;
};

/// A row of the table.
struct StoredSnapshot {
    std::int64_t timeMs = 0;
    std::int64_t rootMs = 0;
    std::int64_t baseMs = 0;
    int depth = 0;
    std::int64_t size = 0;
    std::string data;
};

Result<History> historyOf(HostId host, std::string_view kind)
{
    if (kind.empty() || kind.size() > Snapshots::kKindBytes)
        return fail(
            ErrorCode::Invalid, "the kind of a snapshot has 1 to " + std::to_string(Snapshots::kKindBytes) + " bytes");
    return History{host, QString::fromUtf8(kind.data(), static_cast<qsizetype>(kind.size()))};
}

/// Runs a statement whose first places are the history's, then the numbers.
Result<Statement> run(
    QSqlDatabase& database, const QString& sql, const History& history, std::initializer_list<std::int64_t> numbers)
{
    auto query = prepare(database, sql);
    if (!query)
        return query;
    query->addBindValue(qint64{history.host.value});
    query->addBindValue(history.kind);
    for (const std::int64_t number : numbers)
        query->addBindValue(qint64{number});
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return query;
}

/// The newest snapshot that is not newer than that.
Result<std::optional<StoredSnapshot>> newest(QSqlDatabase& database, const History& history, std::int64_t timeMs)
{
    auto query = run(database,
        QStringLiteral("SELECT time_ms, root_ms, base_ms, depth, size, data FROM snapshots WHERE host_id = ? "
                       "AND kind = ? AND time_ms <= ? ORDER BY time_ms DESC LIMIT 1"),
        history, {timeMs});
    if (!query)
        return tl::unexpected(query.error());
    const auto found = nextRow(*query);
    if (!found)
        return tl::unexpected(found.error());
    if (!*found)
        return std::nullopt;
    return StoredSnapshot{query->value(0).toLongLong(), query->value(1).toLongLong(), query->value(2).toLongLong(),
        query->value(3).toInt(), query->value(4).toLongLong(), query->value(5).toByteArray().toStdString()};
}

/// Unpacks it, with what it is a delta against.
Result<std::string> unpack(QSqlDatabase& database, const History& history, const StoredSnapshot& snapshot)
{
    std::vector<std::string> deltas{snapshot.data}; // newest first
    for (StoredSnapshot below = snapshot; below.depth > 0;) {
        auto base = newest(database, history, below.baseMs);
        if (!base)
            return tl::unexpected(base.error());
        if (!*base || (*base)->timeMs != below.baseMs || (*base)->depth != below.depth - 1)
            return fail(ErrorCode::Malformed, "the snapshot that another one is a delta against is missing");
        below = std::move(**base);
        deltas.push_back(below.data);
    }
    std::string document;
    for (auto delta = deltas.rbegin(); delta != deltas.rend(); ++delta) {
        auto next = metrics::zstdDecompressDelta(*delta, document); // a whole one is a delta against nothing
        if (!next)
            return next;
        document = std::move(*next);
    }
    return document;
}

/// The shorter way to store the document: whole, or as a delta against the one before it.
Result<StoredSnapshot> pack(QSqlDatabase& database, const History& history, std::int64_t timeMs,
    std::string_view document, const std::optional<StoredSnapshot>& before)
{
    auto whole = metrics::zstdCompressDelta(document, {});
    if (!whole)
        return tl::unexpected(whole.error());
    StoredSnapshot stored{timeMs, timeMs, timeMs, 0, static_cast<std::int64_t>(document.size()), std::move(*whole)};
    if (!before || before->depth >= Snapshots::kChain)
        return stored;
    const auto base = unpack(database, history, *before);
    if (!base)
        return base.error().code == ErrorCode::Malformed ? Result<StoredSnapshot>(std::move(stored)) // begin anew
                                                         : tl::unexpected(base.error());
    auto delta = metrics::zstdCompressDelta(document, *base);
    if (!delta)
        return tl::unexpected(delta.error());
    if (delta->size() < stored.data.size())
        stored = {timeMs, before->rootMs, before->timeMs, before->depth + 1, stored.size, std::move(*delta)};
    return stored;
}

Result<void> insert(QSqlDatabase& database, const History& history, const StoredSnapshot& snapshot)
{
    auto query = prepare(
        database, QStringLiteral("INSERT INTO snapshots (host_id, kind, time_ms, root_ms, base_ms, depth, size, data) "
                                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
    if (!query)
        return tl::unexpected(query.error());
    query->addBindValue(qint64{history.host.value});
    query->addBindValue(history.kind);
    query->addBindValue(qint64{snapshot.timeMs});
    query->addBindValue(qint64{snapshot.rootMs});
    query->addBindValue(qint64{snapshot.baseMs});
    query->addBindValue(snapshot.depth);
    query->addBindValue(qint64{snapshot.size});
    query->addBindValue(QByteArray(snapshot.data.data(), static_cast<qsizetype>(snapshot.data.size())));
    return execute(*query);
}

/// Whether it is the same snapshot, in the same chain, or neither is there.
bool isSame(const std::optional<StoredSnapshot>& one, const std::optional<StoredSnapshot>& other)
{
    return one.has_value() == other.has_value() &&
           (!one || (one->timeMs == other->timeMs && one->rootMs == other->rootMs && one->depth == other->depth));
}

/// The whole documents of chains that ended before that time.
Result<std::vector<std::pair<History, std::int64_t>>> endedChains(QSqlDatabase& database, std::int64_t beforeMs)
{
    auto query = prepare(database,
        QStringLiteral("SELECT host_id, kind, root_ms FROM snapshots WHERE depth = 0 AND time_ms < ? AND NOT EXISTS "
                       "(SELECT 1 FROM snapshots AS kept WHERE kept.host_id = snapshots.host_id "
                       "AND kept.kind = snapshots.kind AND kept.root_ms = snapshots.root_ms AND kept.time_ms >= ?) "
                       "ORDER BY time_ms LIMIT ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->addBindValue(qint64{beforeMs});
    query->addBindValue(qint64{beforeMs});
    query->addBindValue(Snapshots::kChainsAtOnce);
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<std::pair<History, std::int64_t>> chains;
    while (query->next()) {
        chains.emplace_back(
            History{HostId{query->value(0).toLongLong()}, query->value(1).toString()}, query->value(2).toLongLong());
    }
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return chains;
}

} // namespace

Result<bool> Snapshots::put(HostId host, std::string_view kind, std::int64_t timeMs, std::string_view document)
{
    const auto history = historyOf(host, kind);
    if (!history)
        return tl::unexpected(history.error());
    if (document.size() > kDocumentBytes)
        return fail(ErrorCode::TooLarge, "a snapshot has at most " + std::to_string(kDocumentBytes) + " bytes");
    // Packed on this thread, so that the writer only writes. Who finds that another one came first packs anew; each
    // such round stored something.
    for (;;) {
        auto reader = m_database.reader();
        if (!reader)
            return tl::unexpected(reader.error());
        const auto before = newest(*reader, *history, timeMs);
        if (!before)
            return tl::unexpected(before.error());
        if (*before && (*before)->timeMs == timeMs)
            return false;
        const auto packed = pack(*reader, *history, timeMs, document, *before);
        if (!packed)
            return tl::unexpected(packed.error());
        bool isStill = false;
        const auto written = m_database.write([&](QSqlDatabase& database) -> Result<void> {
            const auto now = newest(database, *history, timeMs);
            if (!now)
                return tl::unexpected(now.error());
            isStill = isSame(*now, *before);
            return isStill ? insert(database, *history, *packed) : Result<void>();
        });
        if (!written)
            return tl::unexpected(written.error());
        if (isStill)
            return true;
    }
}

Result<std::optional<Snapshot>> Snapshots::at(HostId host, std::string_view kind, std::int64_t timeMs) const
{
    const auto history = historyOf(host, kind);
    if (!history)
        return tl::unexpected(history.error());
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    const auto found = newest(*reader, *history, timeMs);
    if (!found)
        return tl::unexpected(found.error());
    if (!*found)
        return std::nullopt;
    auto document = unpack(*reader, *history, **found);
    if (!document)
        return tl::unexpected(document.error());
    return Snapshot{(*found)->timeMs, std::move(*document)};
}

Result<std::vector<SnapshotInfo>> Snapshots::list(
    HostId host, std::string_view kind, std::int64_t fromMs, std::int64_t toMs) const
{
    const auto history = historyOf(host, kind);
    if (!history)
        return tl::unexpected(history.error());
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    auto query = run(*reader,
        QStringLiteral("SELECT time_ms, size FROM snapshots WHERE host_id = ? AND kind = ? AND time_ms >= ? "
                       "AND time_ms < ? ORDER BY time_ms LIMIT ?"),
        *history, {fromMs, toMs, static_cast<std::int64_t>(kListed)});
    if (!query)
        return tl::unexpected(query.error());
    std::vector<SnapshotInfo> found;
    while (query->next())
        found.push_back({query->value(0).toLongLong(), query->value(1).toLongLong()});
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return found;
}

Result<std::size_t> Snapshots::expire(std::int64_t beforeMs)
{
    std::size_t removed = 0;
    const auto written = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        removed = 0;
        const auto chains = endedChains(database, beforeMs);
        if (!chains)
            return tl::unexpected(chains.error());
        for (const auto& [history, rootMs] : *chains) {
            auto query =
                run(database, QStringLiteral("DELETE FROM snapshots WHERE host_id = ? AND kind = ? AND root_ms = ?"),
                    history, {rootMs});
            if (!query)
                return tl::unexpected(query.error());
            removed += static_cast<std::size_t>(std::max(0, query->numRowsAffected()));
        }
        return {};
    });
    if (!written)
        return tl::unexpected(written.error());
    return removed;
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/block_table.h"

#include "server/storage/damage.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <utility>

namespace sextant::server {
namespace {

QString nameOf(const metrics::Family& family)
{
    return QString::fromUtf8(family.name.data(), static_cast<qsizetype>(family.name.size()));
}

int numberOf(Tier tier)
{
    return static_cast<int>(tier);
}

Result<Statement> selectRange(QSqlDatabase& database, const BlockRange& range, const QString& what)
{
    auto query = prepare(database, what + QStringLiteral(" FROM blocks WHERE host_id = ? AND family = ? AND tier = ? "
                                                         "AND start_ms > ? AND start_ms < ? ORDER BY start_ms, part"));
    if (!query)
        return query;
    query->bindValue(0, qint64{range.host.value});
    query->bindValue(1, nameOf(*range.family));
    query->bindValue(2, numberOf(range.tier));
    query->bindValue(3, qint64{range.fromMs - blockMs(range.tier)});
    query->bindValue(4, qint64{range.toMs});
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return query;
}

/// Rows [first, first + count) of a block.
metrics::Block slice(const metrics::Block& block, std::size_t first, std::size_t count)
{
    const auto cut = [first, count](const auto& from, auto& into) {
        const auto begin = from.begin() + static_cast<std::ptrdiff_t>(first);
        into.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    };
    metrics::Block part;
    cut(block.instances, part.instances);
    cut(block.timesMs, part.timesMs);
    cut(block.intervalsMs, part.intervalsMs);
    for (const metrics::BlockColumn& column : block.columns) {
        auto& into = part.columns.emplace_back();
        into.number = column.number;
        into.storage = column.storage;
        cut(column.cells, into.cells);
    }
    return part;
}

Result<void> addToSizes(QSqlDatabase& database, Tier tier, const TierSize& more)
{
    auto query = prepare(database, QStringLiteral("UPDATE block_sizes SET blocks = blocks + ?, row_count = row_count + "
                                                  "?, bytes = bytes + ? WHERE tier = ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{more.blocks});
    query->bindValue(1, qint64{more.rows});
    query->bindValue(2, qint64{more.bytes});
    query->bindValue(3, numberOf(tier));
    return execute(*query);
}

constexpr const char* kOfKey = "host_id = ? AND family = ? AND tier = ? AND start_ms = ?";

void bindKey(QSqlQuery& query, const BlockKey& key)
{
    query.bindValue(0, qint64{key.host.value});
    query.bindValue(1, nameOf(*key.family));
    query.bindValue(2, numberOf(key.tier));
    query.bindValue(3, qint64{key.startMs});
}

/// The number that the next part of a block gets.
Result<qint64> nextPart(QSqlDatabase& database, const BlockKey& key)
{
    auto query = prepare(
        database, QStringLiteral("SELECT coalesce(max(part) + 1, 0) FROM blocks WHERE ") + QLatin1String(kOfKey));
    if (!query)
        return tl::unexpected(query.error());
    bindKey(*query, key);
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return firstValue(*query).map([](const QVariant& part) { return part.toLongLong(); });
}

/// Removes the parts of a block but some, and takes them off `sizes`.
Result<void> eraseParts(
    QSqlDatabase& database, const BlockKey& key, std::span<const std::int64_t> exceptParts, TierSize& sizes)
{
    QString where = QStringLiteral(" FROM blocks WHERE ") + QLatin1String(kOfKey);
    for (const std::int64_t part : exceptParts)
        where += QStringLiteral(" AND part <> %1").arg(part);
    auto old = prepare(database, QStringLiteral("SELECT row_count, length(data)") + where);
    if (!old)
        return tl::unexpected(old.error());
    bindKey(*old, key);
    if (auto done = execute(*old); !done)
        return done;
    const std::int64_t before = sizes.blocks;
    while (old->next()) {
        --sizes.blocks;
        sizes.rows -= old->value(0).toLongLong();
        sizes.bytes -= old->value(1).toLongLong();
    }
    if (auto read = allRead(*old); !read)
        return read;
    old->finish();
    if (sizes.blocks == before)
        return {};
    auto erase = prepare(database, QStringLiteral("DELETE") + where);
    if (!erase)
        return tl::unexpected(erase.error());
    bindKey(*erase, key);
    return execute(*erase);
}

Result<std::vector<OldBlock>> collect(QSqlQuery& query)
{
    if (auto done = execute(query); !done)
        return tl::unexpected(done.error());
    std::vector<OldBlock> found;
    while (query.next())
        found.push_back({HostId{query.value(0).toLongLong()}, query.value(1).toString().toStdString(),
            query.value(2).toLongLong()});
    if (auto read = allRead(query); !read)
        return tl::unexpected(read.error());
    return found;
}

/// Adds the rows of each part to a block of the caller's: `take(start, adds)` says which one by calling `adds(block)`.
/// `damaged` gets the numbers of the parts that are left out.
using AddPart = std::function<void(metrics::Block&)>;
Result<void> visitEncoded(QSqlDatabase& database, const BlockRange& range,
    const std::function<bool(std::int64_t startMs, const AddPart& add)>& take,
    const std::function<void(std::int64_t part)>& damaged)
{
    auto query = selectRange(database, range, QStringLiteral("SELECT start_ms, part, data"));
    if (!query)
        return tl::unexpected(query.error());
    while (query->next()) {
        const std::int64_t start = query->value(0).toLongLong();
        const auto add = [&](metrics::Block& block) {
            const QByteArray data = query->value(2).toByteArray();
            const std::string_view bytes(data.constData(), static_cast<std::size_t>(data.size()));
            if (const auto read = metrics::appendBlock(bytes, block, range.choice); !read) {
                noteDamage({range.host, range.family, range.tier, start}, read.error().message);
                damaged(query->value(1).toLongLong());
            }
        };
        if (!take(start, add))
            return {};
    }
    return allRead(*query);
}

/// Whether the rows from `first` on go on where those before them end.
bool goesOn(const metrics::Block& block, std::size_t first)
{
    return first == 0 || first == block.rowCount() ||
           std::pair(block.instances[first - 1], block.timesMs[first - 1]) <
               std::pair(block.instances[first], block.timesMs[first]);
}

/// readBlocks(), with `damaged` as above.
Result<void> visitBlocks(QSqlDatabase& database, const BlockRange& range, const StoredBlockVisitor& visitor,
    const std::function<void(std::int64_t part)>& damaged)
{
    std::int64_t start = 0;
    metrics::Block block; // one for all, so that its memory is asked for once
    bool inOrder = true;
    const auto visit = [&] {
        if (block.rowCount() == 0)
            return true;
        if (!std::exchange(inOrder, true))
            metrics::sortRows(block);
        const bool more = visitor(start, std::move(block));
        block.clear();
        return more;
    };
    bool more = true;
    const auto take = [&](std::int64_t partStart, const AddPart& add) {
        if (partStart != start)
            more = visit();
        start = partStart;
        if (!more)
            return false;
        const std::size_t before = block.rowCount();
        add(block);
        // Parts that were added later have later rows, but of every instance.
        inOrder = inOrder && goesOn(block, before);
        return true;
    };
    auto read = visitEncoded(database, range, take, damaged);
    if (read && more)
        visit();
    return read;
}

Result<StoredBlock> readOne(QSqlDatabase& database, const BlockKey& key, const metrics::BlockChoice& choice)
{
    StoredBlock block;
    const BlockRange range{key.host, key.family, key.tier, key.startMs, key.startMs + 1, choice};
    auto read = visitBlocks(
        database, range,
        [&](std::int64_t, metrics::Block&& found) {
            block.rows = std::move(found);
            return false;
        },
        [&](std::int64_t part) { block.damagedParts.push_back(part); });
    if (!read)
        return tl::unexpected(read.error());
    return block;
}

} // namespace

Result<metrics::Block> readBlock(QSqlDatabase& database, const BlockKey& key, const metrics::BlockChoice& choice)
{
    auto stored = readOne(database, key, choice);
    if (!stored)
        return tl::unexpected(stored.error());
    return std::move(stored->rows);
}

Result<StoredBlock> readToRewrite(QSqlDatabase& database, const BlockKey& key)
{
    return readOne(database, key, {});
}

Result<void> readBlocks(QSqlDatabase& database, const BlockRange& range, const StoredBlockVisitor& visitor)
{
    return visitBlocks(database, range, visitor, [](std::int64_t) {});
}

Result<void> readParts(QSqlDatabase& database, const BlockRange& range, const StoredBlockVisitor& visitor)
{
    metrics::Block block;
    const auto take = [&](std::int64_t startMs, const AddPart& add) {
        block.clear();
        add(block);
        return block.rowCount() == 0 || visitor(startMs, std::move(block));
    };
    return visitEncoded(database, range, take, [](std::int64_t) {});
}

Result<std::vector<std::int64_t>> blockStarts(QSqlDatabase& database, const BlockRange& range)
{
    auto query = selectRange(database, range, QStringLiteral("SELECT start_ms"));
    if (!query)
        return tl::unexpected(query.error());
    std::vector<std::int64_t> starts;
    while (query->next()) {
        const std::int64_t start = query->value(0).toLongLong();
        if (starts.empty() || starts.back() != start)
            starts.push_back(start);
    }
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return starts;
}

Result<EncodedBlock> encode(const BlockKey& key, const metrics::Block& block)
{
    EncodedBlock encoded{key, {}, false, {}};
    for (std::size_t first = 0; first < block.rowCount(); first += metrics::kBlockRows) {
        const std::size_t count = std::min(metrics::kBlockRows, block.rowCount() - first);
        auto bytes =
            count == block.rowCount() ? metrics::encodeBlock(block) : metrics::encodeBlock(slice(block, first, count));
        if (!bytes)
            return tl::unexpected(bytes.error());
        encoded.parts.push_back({count, std::move(*bytes)});
    }
    return encoded;
}

namespace {

Result<void> putOne(QSqlDatabase& database, const EncodedBlock& block)
{
    TierSize change;
    qint64 part = 0;
    if (!block.isMore) {
        if (auto erased = eraseParts(database, block.key, block.damagedParts, change); !erased)
            return erased;
    }
    if (block.isMore || !block.damagedParts.empty()) {
        const auto next = nextPart(database, block.key);
        if (!next)
            return tl::unexpected(next.error());
        part = *next;
    }
    auto insert = prepare(database, QStringLiteral("INSERT INTO blocks (host_id, family, tier, start_ms, part, "
                                                   "row_count, data) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    if (!insert)
        return tl::unexpected(insert.error());
    for (const EncodedBlock::Part& encoded : block.parts) {
        bindKey(*insert, block.key);
        insert->bindValue(4, part++);
        insert->bindValue(5, static_cast<qint64>(encoded.rows));
        insert->bindValue(
            6, QByteArray::fromRawData(encoded.bytes.data(), static_cast<qsizetype>(encoded.bytes.size())));
        if (auto done = execute(*insert); !done)
            return done;
        ++change.blocks;
        change.rows += static_cast<std::int64_t>(encoded.rows);
        change.bytes += static_cast<std::int64_t>(encoded.bytes.size());
    }
    return addToSizes(database, block.key.tier, change);
}

} // namespace

Result<void> put(QSqlDatabase& database, std::span<const EncodedBlock> blocks)
{
    for (const EncodedBlock& block : blocks) {
        if (auto done = putOne(database, block); !done)
            return done;
    }
    return {};
}

Result<void> putBlock(QSqlDatabase& database, const BlockKey& key, const metrics::Block& block)
{
    const auto encoded = encode(key, block);
    if (!encoded)
        return tl::unexpected(encoded.error());
    return put(database, {&*encoded, 1});
}

Result<TierSize> tierSize(QSqlDatabase& database, Tier tier)
{
    auto query = prepare(database, QStringLiteral("SELECT blocks, row_count, bytes, gone_before_ms, (SELECT "
                                                  "min(start_ms) FROM blocks WHERE tier = ?) FROM block_sizes "
                                                  "WHERE tier = ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, numberOf(tier));
    query->bindValue(1, numberOf(tier));
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    const auto found = nextRow(*query);
    if (!found)
        return tl::unexpected(found.error());
    if (!*found)
        return fail(ErrorCode::Io, "the table block_sizes has lost a row");
    TierSize size;
    size.blocks = query->value(0).toLongLong();
    size.rows = query->value(1).toLongLong();
    size.bytes = query->value(2).toLongLong();
    size.evictedBeforeMs = query->value(3).toLongLong();
    if (!query->value(4).isNull())
        size.oldestMs = query->value(4).toLongLong();
    return size;
}

Result<std::vector<OldBlock>> oldestBlocks(QSqlDatabase& database, Tier tier, std::int64_t endedByMs, std::size_t limit)
{
    auto query = prepare(database, QStringLiteral("SELECT host_id, family, start_ms FROM blocks WHERE tier = ? AND "
                                                  "start_ms <= ? ORDER BY start_ms LIMIT ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, numberOf(tier));
    query->bindValue(1, qint64{endedByMs - blockMs(tier)});
    query->bindValue(2, static_cast<qint64>(limit));
    return collect(*query);
}

Result<std::vector<OldBlock>> oldestBlocksOf(
    QSqlDatabase& database, Tier tier, const metrics::Family& family, std::int64_t endedByMs, std::size_t limit)
{
    // Host by host through the unique key: an index by age would have to step over the families that stay longer.
    // SQLite joins in this order. PostgreSQL would rather read the whole table, but for what it cannot join otherwise.
    const QString ofHost = QStringLiteral("blocks b WHERE b.host_id = hosts.host_id AND b.family = ? AND b.tier = ? "
                                          "AND b.start_ms <= ?");
    const QString ofAll =
        dialectOf(database) == Dialect::Sqlite
            ? ofHost
            : QStringLiteral("LATERAL (SELECT b.host_id, b.family, b.start_ms FROM %1 OFFSET 0) b").arg(ofHost);
    auto query = prepare(database,
        QStringLiteral("WITH RECURSIVE hosts (host_id) AS (SELECT min(host_id) FROM blocks UNION ALL SELECT (SELECT "
                       "min(b.host_id) FROM blocks b WHERE b.host_id > hosts.host_id) FROM hosts WHERE hosts.host_id "
                       "IS NOT NULL) SELECT b.host_id, b.family, b.start_ms FROM hosts CROSS JOIN %1 LIMIT ?")
            .arg(ofAll));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, nameOf(family));
    query->bindValue(1, numberOf(tier));
    query->bindValue(2, qint64{endedByMs - blockMs(tier)});
    query->bindValue(3, static_cast<qint64>(limit));
    return collect(*query);
}

Result<ErasedBlocks> eraseBlocks(
    QSqlDatabase& database, Tier tier, std::span<const OldBlock> blocks, std::int64_t enoughBytes)
{
    const QString where = QStringLiteral(" FROM blocks WHERE ") + QLatin1String(kOfKey);
    auto look = prepare(database, QStringLiteral("SELECT count(*), sum(row_count), sum(length(data))") + where);
    if (!look)
        return tl::unexpected(look.error());
    auto erase = prepare(database, QStringLiteral("DELETE") + where);
    if (!erase)
        return tl::unexpected(erase.error());
    ErasedBlocks erased;
    TierSize change;
    GoneBefore gone;
    for (const OldBlock& block : blocks) {
        if (-change.bytes >= enoughBytes)
            break;
        for (QSqlQuery* query : {&*look, &*erase}) {
            query->bindValue(0, qint64{block.host.value});
            query->bindValue(1, QString::fromStdString(block.family));
            query->bindValue(2, numberOf(tier));
            query->bindValue(3, qint64{block.startMs});
        }
        if (auto done = execute(*look); !done)
            return tl::unexpected(done.error());
        const auto counted = firstValue(*look);
        if (!counted)
            return tl::unexpected(counted.error());
        const std::int64_t parts = counted->toLongLong();
        change.blocks -= parts;
        change.rows -= look->value(1).toLongLong();
        change.bytes -= look->value(2).toLongLong();
        look->finish();
        if (parts == 0)
            continue; // gone with another of its parts
        if (auto done = execute(*erase); !done)
            return tl::unexpected(done.error());
        const std::int64_t endMs = block.startMs + blockMs(tier);
        erased.fromMs = erased.parts == 0 ? block.startMs : std::min(erased.fromMs, block.startMs);
        erased.toMs = std::max(erased.toMs, endMs);
        erased.parts += static_cast<std::size_t>(parts);
        std::int64_t& before = gone[block.family];
        before = std::max(before, endMs);
    }
    if (auto raised = raiseGoneBefore(database, tier, gone); !raised)
        return tl::unexpected(raised.error());
    if (auto added = addToSizes(database, tier, change); !added)
        return tl::unexpected(added.error());
    return erased;
}

Result<void> setEvictedBefore(QSqlDatabase& database, Tier tier, std::int64_t timeMs)
{
    auto query = prepare(
        database, QStringLiteral("UPDATE block_sizes SET gone_before_ms = ? WHERE tier = ? AND gone_before_ms < ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{timeMs});
    query->bindValue(1, numberOf(tier));
    query->bindValue(2, qint64{timeMs});
    return execute(*query);
}

Result<void> raiseGoneBefore(QSqlDatabase& database, Tier tier, const GoneBefore& gone)
{
    auto query = prepare(
        database, QStringLiteral(
                      "INSERT INTO blocks_gone (tier, family, before_ms) VALUES (?, ?, ?) ON CONFLICT (tier, family) "
                      "DO UPDATE SET before_ms = excluded.before_ms WHERE blocks_gone.before_ms < excluded.before_ms"));
    if (!query)
        return tl::unexpected(query.error());
    for (const auto& [family, beforeMs] : gone) {
        query->bindValue(0, numberOf(tier));
        query->bindValue(1, QString::fromStdString(family));
        query->bindValue(2, qint64{beforeMs});
        if (auto done = execute(*query); !done)
            return done;
    }
    return {};
}

Result<GoneBefore> goneBefore(QSqlDatabase& database, Tier tier)
{
    auto query = prepare(database, QStringLiteral("SELECT family, before_ms FROM blocks_gone WHERE tier = ?"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, numberOf(tier));
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    GoneBefore gone;
    while (query->next())
        gone.emplace(query->value(0).toString().toStdString(), query->value(1).toLongLong());
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return gone;
}

Result<std::int64_t> goneInEveryTier(QSqlDatabase& database, const metrics::Family& family)
{
    auto query = prepare(
        database, QStringLiteral("SELECT min(before_ms) FROM blocks_gone WHERE family = ? HAVING count(*) = 3"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, nameOf(family));
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    return firstValue(*query).map([](const QVariant& beforeMs) { return beforeMs.toLongLong(); });
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sql_store.h"

#include "metrics/refusals.h"
#include "server/storage/batch_table.h"
#include "server/storage/database.h"
#include "server/storage/host_state_table.h"
#include "server/storage/raw_rows.h"
#include "server/storage/removal.h"
#include "server/storage/rollup_table.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_set>
#include <utility>

namespace sextant::server {
namespace {

/// What one step of upkeep adds to the writer's work at most.
constexpr int kBatchIdsAtOnce = 5'000;
/// For how long sealed rows stay where people with SQL find them, at least: whole days go (HotRows::dropErased()).
constexpr std::int64_t kErasedKeptMs = 24LL * 3'600 * 1'000;
/// And for how long where there is no room: who began to read before an hour was sealed still looks for its rows, and a
/// dropped table is missing at once, even to those.
constexpr std::int64_t kErasedKeptAtLeastMs = kHourMs;
constexpr std::size_t kHotHoursCounted = 1'000'000;

/// Sets instances that come a second time to 0; gives how many.
std::size_t leaveOutRepeated(std::vector<std::int64_t>& instances)
{
    std::unordered_set<std::int64_t> seen;
    std::size_t repeated = 0;
    for (std::int64_t& instance : instances) {
        if (instance != 0 && !seen.insert(instance).second) {
            instance = 0;
            ++repeated;
        }
    }
    return repeated;
}

std::vector<std::uint32_t> numbersOf(const SeriesScan& what)
{
    std::vector<std::uint32_t> numbers;
    for (const std::size_t column : what.columns)
        numbers.push_back(what.family->columns[column].number);
    return numbers;
}

} // namespace

SqlStore::SqlStore(Database& database, std::unique_ptr<HotRows> hot, Clock clock, InstanceLimits limits)
    : m_database(database),
      m_hot(std::move(hot)),
      m_clock(std::move(clock)),
      m_sealer(database, *m_hot),
      m_instances(limits)
{
}

SqlStore::~SqlStore() = default;

Result<std::vector<BatchOutcome>> SqlStore::append(
    std::span<const HostBatch> group, std::span<const StoredHostState> states)
{
    std::vector<BatchOutcome> outcomes;
    const auto written = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        if (!m_isDurable) {
            m_instances.forget();
            m_hot->forget();
        }
        m_isDurable = false;
        auto appended = appendOnWriter(database, group);
        if (!appended)
            return tl::unexpected(appended.error());
        outcomes = std::move(*appended);
        return writeHostStates(database, states);
    });
    if (!written)
        return tl::unexpected(written.error());
    m_instances.keep();
    m_isDurable = true;
    return outcomes;
}

Result<std::vector<BatchOutcome>> SqlStore::appendOnWriter(QSqlDatabase& database, std::span<const HostBatch> group)
{
    const auto fresh = recordBatches(database, group);
    if (!fresh)
        return tl::unexpected(fresh.error());
    auto gone = goneBefore(database, Tier::Raw);
    if (!gone)
        return tl::unexpected(gone.error());
    m_gone = std::move(*gone);
    std::vector<BatchOutcome> outcomes(group.size());
    std::vector<HotFrame> frames;
    for (std::size_t i = 0; i < group.size(); ++i) {
        outcomes[i].duplicate = !(*fresh)[i];
        if (outcomes[i].duplicate)
            continue;
        if (auto collected = collectFrames(database, group[i], i, frames, outcomes[i]); !collected)
            return tl::unexpected(collected.error());
    }
    if (auto written = m_instances.write(database); !written)
        return tl::unexpected(written.error());
    if (auto left = leaveOutSealed(database, frames, outcomes); !left)
        return tl::unexpected(left.error());
    if (auto stored = m_hot->append(database, frames, outcomes); !stored)
        return tl::unexpected(stored.error());
    return outcomes;
}

Result<void> SqlStore::collectFrames(QSqlDatabase& database, const HostBatch& batch, std::size_t batchIndex,
    std::vector<HotFrame>& frames, BatchOutcome& outcome)
{
    for (std::size_t number = 0; number < batch.batch->frames.size(); ++number) {
        const metrics::Frame& frame = batch.batch->frames[number];
        if (isGone(frame)) {
            outcome.goneRows += frame.rowCount();
            continue;
        }
        HotFrame hot{batch.host, &frame, {}, batchIndex};
        hot.instances.reserve(frame.rowCount());
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            const auto instance = m_instances.find(database, batch.host, frame.family(), frame.labels(row));
            if (!instance)
                return tl::unexpected(instance.error());
            if (!*instance && ++outcome.overCardinality <= metrics::Refusals::kListed)
                outcome.over.push_back({number, row});
            hot.instances.push_back(instance->value_or(0));
        }
        if (frame.rowCount() > 1)
            outcome.repeatedRows += leaveOutRepeated(hot.instances);
        frames.push_back(std::move(hot));
    }
    return {};
}

/// Leaves out rows that are sealed already, and frames of which then none is left.
Result<void> SqlStore::leaveOutSealed(
    QSqlDatabase& database, std::vector<HotFrame>& frames, std::span<BatchOutcome> outcomes)
{
    SealedRows& sealedRows = m_sealer.sealedRows();
    if (dialectOf(database) == Dialect::Postgres) {
        if (auto learnt = sealedRows.learn(database, frames); !learnt)
            return learnt;
    }
    const std::int64_t now = m_clock();
    for (HotFrame& hot : frames) {
        const auto sealed = sealedRows.leaveOut(database, hot);
        if (!sealed)
            return tl::unexpected(sealed.error());
        outcomes[hot.batch].repeatedRows += *sealed;
    }
    std::erase_if(frames, [](const HotFrame& hot) {
        return std::ranges::all_of(hot.instances, [](std::int64_t instance) { return instance == 0; });
    });
    for (const HotFrame& hot : frames) {
        if (const std::int64_t hour = startOf(hot.frame->timeMs(), kHourMs); hour + kHourMs <= now)
            m_sealer.lateHours().came(hot.host, hour, now);
    }
    return {};
}

bool SqlStore::isGone(const metrics::Frame& frame) const
{
    const auto before = m_gone.find(frame.family().name);
    return before != m_gone.end() && startOf(frame.timeMs(), kHourMs) < before->second + kLateMarginMs;
}

Result<InstanceList> SqlStore::instances(HostId host, const metrics::Family& family) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    return m_readInstances.instances(*reader, host, family);
}

Result<void> SqlStore::scan(const SeriesScan& what, const BlockVisitor& visitor) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    const std::vector<std::uint32_t> numbers = numbersOf(what);
    return readAtOnce(*reader, [&]() -> Result<void> {
        if (what.withPrevious) {
            const auto before =
                rowsBefore(*reader, *m_hot, what.host, *what.family, what.fromMs, {numbers, what.instances});
            if (!before)
                return tl::unexpected(before.error());
            if (before->rowCount() > 0 && !visitor(*before))
                return {};
        }
        return visitRawRows(
            *reader, *m_hot, {what.host, what.family, what.fromMs, what.toMs, {numbers, what.instances}}, visitor);
    });
}

Result<Coverage> SqlStore::coverage(
    HostId host, const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    Coverage coverage;
    auto read = readAtOnce(*reader, [&]() -> Result<void> {
        auto blocks = blockCoverage(*reader, host, family, fromMs, toMs);
        if (!blocks)
            return tl::unexpected(blocks.error());
        coverage = std::move(*blocks);
        auto hot = m_hot->hoursOf(*reader, host, startOf(fromMs, kHourMs), toMs);
        if (!hot)
            return tl::unexpected(hot.error());
        coverage.hot = std::move(*hot);
        const auto stayed = m_hot->sealedHoursOf(*reader, host, startOf(fromMs, kHourMs), toMs);
        if (!stayed)
            return tl::unexpected(stayed.error());
        auto& raw = coverage.blocks[static_cast<std::size_t>(Tier::Raw)];
        std::vector<std::int64_t> all;
        std::ranges::set_union(raw, *stayed, std::back_inserter(all));
        raw = std::move(all);
        return {};
    });
    if (!read)
        return tl::unexpected(read.error());
    return coverage;
}

Result<void> SqlStore::scanTier(const TierScan& what, const BlockVisitor& visitor) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    return scanRollup(*reader, what, visitor);
}

Result<void> SqlStore::atOnce(const std::function<Result<void>()>& read) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    return readAtOnce(*reader, read);
}

Result<std::vector<StoredHostState>> SqlStore::hostStates() const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    return readHostStates(*reader);
}

Result<bool> SqlStore::seal(std::int64_t endedByMs, std::int64_t quietMs)
{
    return m_sealer.sealOldest(endedByMs, m_clock(), quietMs);
}

Result<std::size_t> SqlStore::expire(const Retention& retention)
{
    const auto removed = Removal(m_database, *m_hot).expire(retention, m_clock());
    if (!removed || *removed > 0)
        return removed;
    return dropRows({m_clock() - kErasedKeptMs,
        [&](const metrics::Family& family) { return m_clock() - retention.keptMs(family, Tier::Raw); }});
}

Result<std::size_t> SqlStore::dropRows(const DropBefore& before)
{
    std::size_t dropped = 0;
    const auto done = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        const auto pieces = m_hot->drop(database, before);
        if (!pieces)
            return tl::unexpected(pieces.error());
        dropped = *pieces;
        return {};
    });
    if (!done)
        return tl::unexpected(done.error());
    return dropped;
}

Result<Evicted> SqlStore::evict(std::int64_t maxBytes)
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    Result<std::int64_t> used = 0;
    // What nobody but people with SQL reads goes first, and is no loss to tell of.
    for (std::size_t dropped = 1; dropped > 0;) {
        used = usedBytes(*reader);
        if (!used)
            return tl::unexpected(used.error());
        if (*used <= maxBytes)
            break;
        const auto pieces =
            dropRows({m_clock() - kErasedKeptAtLeastMs, [](const metrics::Family&) { return std::int64_t{0}; }});
        if (!pieces)
            return tl::unexpected(pieces.error());
        dropped = *pieces;
    }
    const auto day = *used > maxBytes ? evictDay() : Result<std::optional<std::int64_t>>();
    if (!day)
        return tl::unexpected(day.error());
    if (*day)
        return Evicted{1, Tier::Raw, **day, **day + Retention::kDayMs, *used};
    return Removal(m_database, *m_hot).evict(maxBytes, m_clock());
}

/// Where raw samples are rows and not blocks: gives up their oldest day, and says when it began. Nothing: none can go.
Result<std::optional<std::int64_t>> SqlStore::evictDay()
{
    std::optional<std::int64_t> day;
    const auto done = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        const auto erased = m_hot->eraseOldestDay(database);
        if (!erased)
            return tl::unexpected(erased.error());
        day = *erased;
        return day ? setEvictedBefore(database, Tier::Raw, *day + Retention::kDayMs) : Result<void>();
    });
    if (!done)
        return tl::unexpected(done.error());
    return day;
}

Result<std::size_t> SqlStore::pruneBatchIds()
{
    std::size_t pruned = 0;
    const auto done = m_database.write([&](QSqlDatabase& database) -> Result<void> {
        auto query = prepare(database,
            QStringLiteral("DELETE FROM batches WHERE id < ? AND id <= (SELECT id FROM (SELECT id FROM batches "
                           "ORDER BY id LIMIT %1) AS oldest ORDER BY id DESC LIMIT 1)")
                .arg(kBatchIdsAtOnce));
        if (!query)
            return tl::unexpected(query.error());
        query->bindValue(0, bytesOf(metrics::BatchId::make(std::max<std::int64_t>(0, m_clock() - kBatchIdKeptMs), {})));
        if (auto deleted = execute(*query); !deleted)
            return deleted;
        pruned = static_cast<std::size_t>(std::max(0, query->numRowsAffected()));
        return {};
    });
    if (!done)
        return tl::unexpected(done.error());
    return pruned;
}

Result<StoreSizes> SqlStore::sizes() const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    StoreSizes sizes;
    for (const Tier tier : {Tier::Raw, Tier::FiveMinutes, Tier::Hour}) {
        const auto size = tierSize(*reader, tier);
        if (!size)
            return tl::unexpected(size.error());
        sizes.tiers[static_cast<std::size_t>(tier)] = *size;
    }
    const auto hot = m_hot->hours(*reader, std::numeric_limits<std::int64_t>::max(), kHotHoursCounted);
    if (!hot)
        return tl::unexpected(hot.error());
    sizes.hotHours = hot->size();
    sizes.oldestHotMs = hot->empty() ? 0 : hot->front().hourMs;
    const auto used = usedBytes(*reader);
    if (!used)
        return tl::unexpected(used.error());
    sizes.usedBytes = *used;
    return sizes;
}

Result<std::vector<InstanceCount>> SqlStore::instanceCounts(HostId host) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    auto query = prepare(*reader,
        QStringLiteral("SELECT family, count(*) FROM instances WHERE host_id = ? GROUP BY family ORDER BY family"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, qint64{host.value});
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    std::vector<InstanceCount> counts;
    while (query->next())
        counts.push_back(
            {query->value(0).toString().toStdString(), static_cast<std::size_t>(query->value(1).toLongLong())});
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return counts;
}

} // namespace sextant::server

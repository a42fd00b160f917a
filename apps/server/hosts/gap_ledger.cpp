// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/hosts/gap_ledger.h"

#include "server/storage/array_text.h"
#include "server/storage/database.h"
#include "server/storage/sql.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace sextant::server {
namespace {

constexpr HostId kServer{0};
constexpr std::int64_t kAheadMs = 10 * 60'000;

const QString kUpsert =
    QStringLiteral("INSERT INTO delivered (host_id, kind, range_start, range_end) VALUES (?, ?, ?, ?) "
                   "ON CONFLICT (host_id, kind, range_start) DO UPDATE SET range_end = excluded.range_end");

void add(RangeSet& set, Range range, std::int64_t join, Delivered kind, LedgerChange& change)
{
    RangeSet::Change done;
    if (!set.add(range, join, done))
        return;
    for (const std::int64_t start : done.removed)
        change.ranges.push_back({kind, start, 0, true});
    const auto same = std::ranges::find_if(change.ranges,
        [&](const RangeRow& row) { return row.kind == kind && row.start == done.kept.from && !row.remove; });
    if (same != change.ranges.end() && done.removed.empty())
        same->end = done.kept.to; // the batch before in this group began it: one write for both
    else
        change.ranges.push_back({kind, done.kept.from, done.kept.to, false});
}

/// What a kind of the table `delivered` is about, in the books of a host.
auto& of(auto& books, int kind)
{
    return kind == static_cast<int>(Delivered::Time)       ? books.time
           : kind == static_cast<int>(Delivered::Sequence) ? books.sequences
                                                           : books.refused;
}

Ticks ticksOf(const metrics::Batch& batch)
{
    Ticks ticks;
    for (const metrics::Frame& frame : batch.frames)
        addTick(ticks, frame.timeMs(), frame);
    return ticks;
}

/// The part of a report that can be; nothing: none of it.
std::optional<metrics::GapReport> possible(metrics::GapReport report, std::int64_t nowMs, std::int64_t aheadMs)
{
    if (report.fromMs <= 0 || report.fromMs >= report.toMs)
        return std::nullopt;
    if (aheadMs > 0 && report.fromMs > nowMs + kAheadMs) { // by the clock that is wrong
        report.fromMs -= aheadMs;
        report.toMs -= aheadMs;
    }
    if (report.toMs > nowMs + kAheadMs)
        report.toMs = nowMs;
    return report.fromMs < report.toMs ? std::optional(std::move(report)) : std::nullopt;
}

Result<void> run(QSqlDatabase& database, const QString& sql, std::initializer_list<QVariant> values)
{
    auto query = prepare(database, sql);
    if (!query)
        return tl::unexpected(query.error());
    int position = 0;
    for (const QVariant& value : values)
        query->bindValue(position++, value);
    return execute(*query);
}

/// Host, kind and start of a stored range.
using RangeKey = std::tuple<std::int64_t, int, std::int64_t>;
/// Where ranges end that are to be stored; nothing: that one is to go.
using RangeEnds = std::map<RangeKey, std::optional<std::int64_t>>;

/// What the changes come to: the last one of a range counts.
RangeEnds rangeEnds(std::span<const StoredHostState> states)
{
    RangeEnds ends;
    for (const StoredHostState& stored : states) {
        for (const RangeRow& row : stored.ledger.ranges)
            ends[{stored.host.value, static_cast<int>(row.kind), row.start}] =
                row.remove ? std::nullopt : std::optional(row.end);
    }
    return ends;
}

Result<void> writeOneByOne(QSqlDatabase& database, const RangeEnds& ends)
{
    auto upsert = prepare(database, kUpsert);
    auto remove =
        prepare(database, QStringLiteral("DELETE FROM delivered WHERE host_id = ? AND kind = ? AND range_start = ?"));
    if (!upsert || !remove)
        return tl::unexpected(!upsert ? upsert.error() : remove.error());
    for (const auto& [key, end] : ends) {
        QSqlQuery& query = end ? *upsert : *remove;
        query.bindValue(0, qint64{std::get<0>(key)});
        query.bindValue(1, std::get<1>(key));
        query.bindValue(2, qint64{std::get<2>(key)});
        if (end)
            query.bindValue(3, qint64{*end});
        if (auto done = execute(query); !done)
            return done;
    }
    return {};
}

/// PostgreSQL's arrays of the keys, as arguments of unnest().
QString keyArrays(const RangeEnds& ends)
{
    return QStringLiteral("'%1'::int8[], '%2'::int4[], '%3'::int8[]")
        .arg(arrayOf(ends, [](const auto& range) { return qint64{std::get<0>(range.first)}; }),
            arrayOf(ends, [](const auto& range) { return std::get<1>(range.first); }),
            arrayOf(ends, [](const auto& range) { return qint64{std::get<2>(range.first)}; }));
}

/// In one statement, or two: on PostgreSQL each one is a journey to the server and back.
Result<void> writeAtOnce(QSqlDatabase& database, RangeEnds kept)
{
    RangeEnds removed;
    for (auto at = kept.begin(); at != kept.end();) {
        const auto range = at++;
        if (!range->second)
            removed.insert(kept.extract(range));
    }
    if (!removed.empty()) {
        auto done = execute(database,
            QStringLiteral("DELETE FROM delivered USING unnest(%1) AS gone (host, sort, start) WHERE host_id = host "
                           "AND kind = sort AND range_start = start")
                .arg(keyArrays(removed)));
        if (!done)
            return done;
    }
    if (kept.empty())
        return {};
    return execute(
        database, QStringLiteral("INSERT INTO delivered (host_id, kind, range_start, range_end) SELECT * FROM "
                                 "unnest(%1, '%2'::int8[]) ON CONFLICT (host_id, kind, range_start) DO UPDATE SET "
                                 "range_end = excluded.range_end")
                      .arg(keyArrays(kept), arrayOf(kept, [](const auto& range) { return qint64{*range.second}; })));
}

/// In one statement, whatever their number.
Result<void> writeReports(QSqlDatabase& database, std::span<const StoredHostState> states)
{
    QJsonArray rows;
    for (const StoredHostState& stored : states) {
        for (const metrics::GapReport& report : stored.ledger.reports)
            rows.push_back(QJsonArray{qint64{stored.host.value}, static_cast<int>(report.cause), qint64{report.fromMs},
                qint64{report.toMs}, QString::fromStdString(report.detail)});
    }
    if (rows.isEmpty())
        return {};
    const QString json = QString::fromUtf8(QJsonDocument(rows).toJson(QJsonDocument::Compact));
    const QString select =
        dialectOf(database) == Dialect::Postgres
            ? QStringLiteral("SELECT CAST(r->>0 AS int8), CAST(r->>1 AS int8), CAST(r->>2 AS int8), CAST(r->>3 AS "
                             "int8), r->>4 FROM json_array_elements(CAST(? AS json)) AS r")
            : QStringLiteral(
                  "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), "
                  "json_extract(value, '$[3]'), json_extract(value, '$[4]') FROM json_each(?) WHERE true");
    return run(database,
        QStringLiteral("INSERT INTO gap_reports (host_id, cause, from_ms, to_ms, detail) ") + select +
            QStringLiteral(" ON CONFLICT DO NOTHING"),
        {json});
}

} // namespace

LedgerChange GapLedger::Group::take(HostId host)
{
    const auto found = m_hosts.find(host);
    return found == m_hosts.end() ? LedgerChange{} : std::exchange(found->second.change, {});
}

Result<void> GapLedger::load()
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    auto query = prepare(
        *reader, QStringLiteral("SELECT host_id, kind, range_start, range_end FROM delivered WHERE host_id <> 0 "
                                "ORDER BY host_id, kind, range_start"));
    if (!query)
        return tl::unexpected(query.error());
    if (auto done = execute(*query); !done)
        return done;
    std::map<std::pair<std::int64_t, int>, std::vector<Range>> sets;
    while (query->next())
        sets[{query->value(0).toLongLong(), query->value(1).toInt()}].push_back(
            {query->value(2).toLongLong(), query->value(3).toLongLong()});
    if (auto read = allRead(*query); !read)
        return read;
    for (auto& [key, ranges] : sets) {
        Known& known = m_hosts[HostId{key.first}];
        of(known, key.second) = RangeSet(std::move(ranges));
    }
    return {};
}

void GapLedger::stage(
    Group& group, HostId host, const metrics::Batch& batch, std::int64_t nowMs, const WrongClock& wrong) const
{
    const auto [entry, isNew] = group.m_hosts.try_emplace(host);
    Group::Books& books = entry->second;
    if (isNew) {
        if (const auto known = m_hosts.find(host); known != m_hosts.end())
            books.known = known->second;
    }
    // A tick stands for the interval before it; ticks that come up to half an interval late leave no hole.
    for (const auto& [timeMs, interval] : ticksOf(batch))
        add(books.known.time, {timeMs - interval, timeMs}, interval / 2, Delivered::Time, books.change);
    // When these came is known only as well as the network is even.
    for (const auto& [timeMs, interval] : wrong.refused)
        add(books.known.refused, {timeMs - interval, timeMs}, interval, Delivered::Refused, books.change);
    if (batch.sequence != 0 && batch.sequence < (std::uint64_t{1} << 62)) {
        const auto number = static_cast<std::int64_t>(batch.sequence);
        add(books.known.sequences, {number, number + 1}, 0, Delivered::Sequence, books.change);
    }
    for (const metrics::GapReport& report : batch.gaps) {
        if (auto part = possible(report, nowMs, wrong.aheadMs))
            books.change.reports.push_back(std::move(*part));
    }
}

void GapLedger::keep(Group&& group)
{
    for (auto& [host, books] : group.m_hosts)
        m_hosts[host] = std::move(books.known);
}

Result<void> GapLedger::beat(std::int64_t nowMs)
{
    const std::lock_guard lock(m_beatMutex);
    const bool goesOn = m_up && nowMs >= m_up->to && nowMs - m_up->to <= kBeatLostMs;
    const Range up = goesOn ? Range{m_up->from, nowMs} : Range{nowMs, nowMs};
    const auto written = m_database.write([&](QSqlDatabase& database) {
        return run(database, kUpsert,
            {qint64{kServer.value}, static_cast<int>(Delivered::Time), qint64{up.from}, qint64{up.to}});
    });
    if (written)
        m_up = up;
    return written;
}

Result<void> GapLedger::expire(std::int64_t beforeMs)
{
    return m_database.write([&](QSqlDatabase& database) -> Result<void> {
        const QString gone =
            QStringLiteral("host_id <> 0 AND host_id NOT IN (SELECT id FROM hosts WHERE removed_ms IS NULL)");
        for (const QString& table : {QStringLiteral("delivered"), QStringLiteral("gap_reports")}) {
            if (auto done = run(database, QStringLiteral("DELETE FROM %1 WHERE %2").arg(table, gone), {}); !done)
                return done;
        }
        if (auto done = run(database, QStringLiteral("DELETE FROM delivered WHERE kind IN (0, 2) AND range_end < ?"),
                {qint64{beforeMs}});
            !done)
            return done;
        if (auto done = run(database, QStringLiteral("DELETE FROM gap_reports WHERE to_ms < ?"), {qint64{beforeMs}});
            !done)
            return done;
        return run(database,
            QStringLiteral("DELETE FROM gap_reports WHERE (host_id, from_ms) IN (SELECT host_id, from_ms FROM (SELECT "
                           "host_id, from_ms, row_number() OVER (PARTITION BY host_id ORDER BY from_ms DESC) AS place "
                           "FROM gap_reports) AS numbered WHERE place > %1)")
                .arg(kReportsPerHost),
            {});
    });
}

Result<GapLedger::Books> GapLedger::read(HostId host, std::int64_t fromMs, std::int64_t toMs) const
{
    auto reader = m_database.reader();
    if (!reader)
        return tl::unexpected(reader.error());
    auto ranges = prepare(
        *reader, QStringLiteral("SELECT host_id, kind, range_start, range_end FROM delivered WHERE host_id IN (0, ?) "
                                "ORDER BY host_id, kind, range_start"));
    auto reports = prepare(*reader,
        QStringLiteral("SELECT cause, from_ms, to_ms, detail FROM gap_reports WHERE host_id = ? AND from_ms < ? AND "
                       "to_ms > ? ORDER BY from_ms LIMIT %1")
            .arg(kReportsPerHost));
    if (!ranges || !reports)
        return tl::unexpected(!ranges ? ranges.error() : reports.error());
    ranges->bindValue(0, qint64{host.value});
    reports->bindValue(0, qint64{host.value});
    reports->bindValue(1, qint64{toMs});
    reports->bindValue(2, qint64{fromMs});
    Books books;
    if (auto done = execute(*ranges); !done)
        return tl::unexpected(done.error());
    while (ranges->next()) {
        auto& into =
            ranges->value(0).toLongLong() == kServer.value ? books.serverUp : of(books, ranges->value(1).toInt());
        into.push_back({ranges->value(2).toLongLong(), ranges->value(3).toLongLong()});
    }
    if (auto read = allRead(*ranges); !read)
        return tl::unexpected(read.error());
    if (auto done = execute(*reports); !done)
        return tl::unexpected(done.error());
    while (reports->next())
        books.reports.push_back(
            {static_cast<metrics::GapCause>(reports->value(0).toInt()), reports->value(1).toLongLong(),
                reports->value(2).toLongLong(), reports->value(3).toString().toStdString()});
    if (auto read = allRead(*reports); !read)
        return tl::unexpected(read.error());
    return books;
}

Result<void> writeLedger(QSqlDatabase& database, std::span<const StoredHostState> states)
{
    if (const RangeEnds ends = rangeEnds(states); !ends.empty()) {
        auto done =
            dialectOf(database) == Dialect::Postgres ? writeAtOnce(database, ends) : writeOneByOne(database, ends);
        if (!done)
            return done;
    }
    return writeReports(database, states);
}

} // namespace sextant::server

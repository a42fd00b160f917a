// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/postgres/wide_rows.h"

#include "server/storage/array_text.h"
#include "server/storage/block_table.h"
#include "server/storage/hot_hours.h"
#include "server/storage/postgres/wide_tables.h"
#include "server/storage/sql.h"
#include "server/storage/sql_cell.h"
#include "server/storage/tier.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QtEndian>
#include <QVariant>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>

namespace sextant::server {
namespace {

/// Until 2109: nobody's clock is right about more, and every day of a row makes a table.
constexpr std::int64_t kTimeEnd = std::int64_t{1} << 42;
constexpr std::size_t kKeyColumns = 4; ///< time, host_id, instance_id, interval_ms

std::size_t positionOf(const metrics::Family& family)
{
    return static_cast<std::size_t>(&family - metrics::families().data());
}

/// SQL for a time as Unix milliseconds.
QString millisecondsOf(const QString& time)
{
    return QStringLiteral("(date_part('epoch', %1) * 1000)::int8").arg(time);
}

/// Which rows there are at the times of these frames.
Result<RowKeys> storedRows(
    QSqlDatabase& database, const metrics::Family& family, std::span<const HotFrame* const> frames)
{
    const auto [oldest, newest] =
        std::ranges::minmax(frames, {}, [](const HotFrame* hot) { return hot->frame->timeMs(); });
    auto query = select(database,
        QStringLiteral(
            "SELECT m.host_id, m.instance_id, %1 FROM unnest('%2'::int4[], '%3'::int8[]) AS sought (host_id, "
            "ms) JOIN %4 AS m ON m.host_id = sought.host_id AND m.time = to_timestamp(sought.ms / 1000.0) "
            "WHERE m.time >= %5 AND m.time <= %6")
            .arg(millisecondsOf(QStringLiteral("m.time")),
                arrayOf(frames, [](const HotFrame* hot) { return qint64{hot->host.value}; }),
                arrayOf(frames, [](const HotFrame* hot) { return qint64{hot->frame->timeMs()}; }), wideTable(family),
                timeLiteral(oldest->frame->timeMs()), timeLiteral(newest->frame->timeMs())));
    if (!query)
        return tl::unexpected(query.error());
    RowKeys rows;
    while (query->next())
        rows.emplace(query->value(0).toLongLong(), query->value(1).toLongLong(), query->value(2).toLongLong());
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return rows;
}

/// The column `overflow`: per number that does not fit its column, the column's number (four bytes) and the cell's 64
/// bits, big-endian: a scaled integer, or a NaN, of which PostgreSQL's text knows only one.
constexpr qsizetype kOverflowBytes = 12;

bool hasPlainText(double value)
{
    return !std::isnan(value) ||
           std::bit_cast<std::int64_t>(value) == std::bit_cast<std::int64_t>(std::numeric_limits<double>::quiet_NaN());
}

void appendOverflow(std::string& into, std::uint32_t number, std::int64_t cell)
{
    std::array<char, kOverflowBytes> bytes;
    qToBigEndian(number, bytes.data());
    qToBigEndian(cell, bytes.data() + 4);
    into.append(bytes.data(), bytes.size());
}

void addRow(CopyRows& rows, const HotFrame& hot, std::size_t row)
{
    const metrics::Frame& frame = *hot.frame;
    rows.addTimeMs(frame.timeMs());
    rows.addInteger(hot.host.value);
    rows.addInteger(hot.instances[row]);
    rows.addInteger(frame.intervalMs());
    std::string overflow;
    const auto cells = frame.cells(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells[i].isAbsent()) {
            rows.addNull();
        } else if (cells[i].isReal() && hasPlainText(cells[i].asReal())) {
            rows.addReal(cells[i].asReal());
        } else if (cells[i].isReal()) {
            rows.addNull();
            appendOverflow(overflow, frame.family().columns[i].number, std::bit_cast<std::int64_t>(cells[i].asReal()));
        } else if (fitsInto(rows.columns()[kKeyColumns + i].type, cells[i].scaled())) {
            rows.addInteger(cells[i].scaled());
        } else {
            rows.addNull();
            appendOverflow(overflow, frame.family().columns[i].number, cells[i].scaled());
        }
    }
    if (overflow.empty())
        rows.addNull();
    else
        rows.addBytes(overflow);
}

/// Puts back what did not fit; `row` is the last one of the block.
void takeOverflow(const QByteArray& overflow, const metrics::Family& family, metrics::Block& block)
{
    for (qsizetype at = 0; at + kOverflowBytes <= overflow.size(); at += kOverflowBytes) {
        const auto number = qFromBigEndian<std::uint32_t>(overflow.constData() + at);
        const auto found = std::ranges::find(block.columns, number, &metrics::BlockColumn::number);
        const auto column = metrics::columnIndex(family, number);
        if (found == block.columns.end() || !column)
            continue;
        const auto cell = qFromBigEndian<std::int64_t>(overflow.constData() + at + 4);
        found->cells.back() = family.columns[*column].storage == metrics::Storage::Real
                                  ? metrics::Value::real(std::bit_cast<double>(cell))
                                  : metrics::Value::fixed(cell);
    }
}

constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

/// The oldest hour in that table; kNone when it is empty.
Result<std::int64_t> oldestHour(QSqlDatabase& database, const QString& table)
{
    auto query = select(database, QStringLiteral("SELECT min(hour_ms) FROM ") + table);
    if (!query)
        return tl::unexpected(query.error());
    return firstValue(*query).map([](const QVariant& hourMs) { return hourMs.isNull() ? kNone : hourMs.toLongLong(); });
}

bool isAllAbsent(const metrics::BlockColumn& column)
{
    return std::ranges::all_of(column.cells, &metrics::Value::isAbsent);
}

} // namespace

Result<void> WideRows::append(
    QSqlDatabase& database, std::span<const HotFrame> frames, std::span<BatchOutcome> outcomes)
{
    std::vector<Coming> families(metrics::families().size());
    for (const HotFrame& hot : frames) {
        const std::int64_t timeMs = hot.frame->timeMs();
        if (timeMs < 0 || timeMs >= kTimeEnd || hot.host.value < 0 ||
            hot.host.value > std::numeric_limits<std::int32_t>::max())
            return fail(ErrorCode::Invalid, "host " + std::to_string(hot.host.value) + " at " + std::to_string(timeMs) +
                                                " ms is past what the store can number");
        families[positionOf(hot.frame->family())].frames.push_back(&hot);
    }
    if (auto learnt = learn(database, frames); !learnt)
        return learnt;
    std::erase_if(families, [](const Coming& coming) { return coming.frames.empty(); });
    for (Coming& coming : families) {
        if (auto found = lookUp(database, coming); !found)
            return found;
    }
    Hours touched;
    RowStream stream(database); // from here on it has the connection for itself
    for (Coming& coming : families) {
        if (auto stored = stream.store(makeRows(coming, outcomes, touched)); !stored)
            return stored;
    }
    if (auto stored = stream.finish(); !stored)
        return stored;
    if (touched.empty())
        return {};
    return execute(
        database, QStringLiteral(
                      "INSERT INTO hot_hours (host_id, hour_ms, version) SELECT host_id, hour_ms, 1 FROM "
                      "unnest('%1'::int8[], '%2'::int8[]) AS touched (host_id, hour_ms) ON CONFLICT (host_id, hour_ms) "
                      "DO UPDATE SET version = hot_hours.version + 1")
                      .arg(arrayOf(touched, [](const auto& hour) { return qint64{hour.first}; }),
                          arrayOf(touched, [](const auto& hour) { return qint64{hour.second}; })));
}

void WideRows::forget()
{
    m_newest.clear();
    m_days.forget();
}

/// Reads what the newest rows of hosts are that come for the first time since the server started.
Result<void> WideRows::learn(QSqlDatabase& database, std::span<const HotFrame> frames)
{
    std::set<std::int64_t> hosts;
    for (const HotFrame& hot : frames) {
        if (!m_newest.contains(hot.host))
            hosts.insert(hot.host.value);
    }
    if (hosts.empty())
        return {};
    const QString list = arrayOf(hosts, [](std::int64_t host) { return qint64{host}; });
    auto hours = select(database,
        QStringLiteral(
            "SELECT host_id, max(hour_ms) FROM (SELECT host_id, hour_ms FROM hot_hours UNION ALL SELECT "
            "host_id, hour_ms FROM sealed_hours) AS hours WHERE host_id = ANY ('%1'::int8[]) GROUP BY host_id")
            .arg(list));
    if (!hours)
        return tl::unexpected(hours.error());
    for (const std::int64_t host : hosts)
        m_newest.emplace(HostId{host}, Newest(metrics::families().size(), -1));
    std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
    std::int64_t newest = -1;
    while (hours->next()) {
        const std::int64_t hourMs = hours->value(1).toLongLong();
        // What is older than that hour is not known to be new, whatever the hour itself has.
        std::ranges::fill(m_newest.at(HostId{hours->value(0).toLongLong()}), hourMs - 1);
        oldest = std::min(oldest, hourMs);
        newest = std::max(newest, hourMs);
    }
    if (auto read = allRead(*hours); !read)
        return read;
    if (newest < 0)
        return {};
    for (const metrics::Family& family : metrics::families()) {
        auto times = select(
            database, QStringLiteral("SELECT host_id, %1 FROM %2 WHERE host_id = ANY ('%3'::int4[]) AND time >= %4 AND "
                                     "time < %5 GROUP BY host_id")
                          .arg(millisecondsOf(QStringLiteral("max(time)")), wideTable(family), list,
                              timeLiteral(oldest), timeLiteral(newest + kHourMs)));
        if (!times)
            return tl::unexpected(times.error());
        while (times->next()) {
            std::int64_t& known = m_newest.at(HostId{times->value(0).toLongLong()})[positionOf(family)];
            known = std::max<std::int64_t>(known, times->value(1).toLongLong());
        }
        if (auto read = allRead(*times); !read)
            return read;
    }
    return {};
}

/// Finds out which of the rows there are already, and makes room for the others.
Result<void> WideRows::lookUp(QSqlDatabase& database, Coming& coming)
{
    const metrics::Family& family = coming.frames.front()->frame->family();
    FrameList notNewer;
    for (const HotFrame* hot : coming.frames) {
        if (auto ready = m_days.ensure(database, family, hot->frame->timeMs()); !ready)
            return ready;
        std::int64_t& newest = m_newest.at(hot->host)[positionOf(family)];
        if (hot->frame->timeMs() <= newest)
            notNewer.push_back(hot);
        newest = std::max(newest, hot->frame->timeMs());
    }
    if (notNewer.empty())
        return {};
    auto found = storedRows(database, family, notNewer);
    if (!found)
        return tl::unexpected(found.error());
    coming.present = std::move(*found);
    return {};
}

const CopyRows& WideRows::makeRows(Coming& coming, std::span<BatchOutcome> outcomes, Hours& touched)
{
    if (m_rows.empty()) {
        for (const metrics::Family& family : metrics::families())
            m_rows.emplace_back(wideTable(family), wideColumns(family));
    }
    CopyRows& rows = m_rows[positionOf(coming.frames.front()->frame->family())];
    rows.clear();
    for (const HotFrame* hot : coming.frames) {
        const std::int64_t timeMs = hot->frame->timeMs();
        const std::size_t before = rows.rowCount();
        for (std::size_t row = 0; row < hot->instances.size(); ++row) {
            if (hot->instances[row] == 0)
                continue;
            // Frames that are newer count too: another one of this group may repeat them.
            if (coming.present && !coming.present->emplace(hot->host.value, hot->instances[row], timeMs).second)
                ++outcomes[hot->batch].repeatedRows;
            else
                addRow(rows, *hot, row);
        }
        const std::size_t stored = rows.rowCount() - before;
        outcomes[hot->batch].storedRows += stored;
        if (stored > 0)
            touched.emplace(hot->host.value, startOf(timeMs, kHourMs));
    }
    return rows;
}

namespace {

QString ofInstances(const metrics::BlockChoice& choice)
{
    if (!choice.instances)
        return {};
    return QStringLiteral(" AND instance_id = ANY('%1'::int8[])")
        .arg(arrayOf(*choice.instances, [](std::int64_t instance) { return qint64{instance}; }));
}

} // namespace

Result<metrics::Block> WideRows::read(QSqlDatabase& database, HostId host, const metrics::Family& family,
    std::int64_t fromMs, std::int64_t toMs, const metrics::BlockChoice& choice) const
{
    metrics::Block block;
    std::vector<const metrics::Column*> wanted;
    QString names;
    for (const metrics::Column& column : family.columns) {
        if (choice.columns && std::ranges::find(*choice.columns, column.number) == choice.columns->end())
            continue;
        wanted.push_back(&column);
        block.columns.push_back({column.number, column.storage, {}});
        names += QStringLiteral(", \"%1\"")
                     .arg(QString::fromUtf8(column.name.data(), static_cast<qsizetype>(column.name.size())));
    }
    auto query = select(
        database, QStringLiteral("SELECT instance_id, %1, interval_ms, overflow%2 FROM %3 WHERE host_id = %4 AND time "
                                 ">= %5 AND time < %6%7")
                      .arg(millisecondsOf(QStringLiteral("time")), names, wideTable(family))
                      .arg(host.value)
                      .arg(timeLiteral(fromMs), timeLiteral(toMs), ofInstances(choice)));
    if (!query)
        return tl::unexpected(query.error());
    while (query->next()) {
        block.instances.push_back(query->value(0).toLongLong());
        block.timesMs.push_back(query->value(1).toLongLong());
        block.intervalsMs.push_back(static_cast<std::uint32_t>(query->value(2).toLongLong()));
        for (std::size_t i = 0; i < wanted.size(); ++i)
            block.columns[i].cells.push_back(cellOf(query->value(static_cast<int>(4 + i)), *wanted[i]));
        takeOverflow(query->value(3).toByteArray(), family, block);
    }
    if (auto whole = allRead(*query); !whole)
        return tl::unexpected(whole.error());
    std::erase_if(block.columns, isAllAbsent);
    metrics::sortRows(block);
    return block;
}

Result<std::vector<HotFamily>> WideRows::readHour(QSqlDatabase& database, const HotHour& hour) const
{
    std::vector<HotFamily> families;
    for (const metrics::Family& family : metrics::families()) {
        auto rows = read(database, hour.host, family, hour.hourMs, hour.hourMs + kHourMs, {});
        if (!rows)
            return tl::unexpected(rows.error());
        if (rows->rowCount() > 0)
            families.push_back({&family, std::move(*rows)});
    }
    return families;
}

Result<std::vector<HotHour>> WideRows::hours(QSqlDatabase& database, std::int64_t beforeMs, std::size_t limit) const
{
    return hotHours(database, beforeMs, limit);
}

Result<std::vector<std::int64_t>> WideRows::hoursOf(
    QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs) const
{
    return hotHoursOf(database, host, fromMs, toMs);
}

Result<std::int64_t> WideRows::version(QSqlDatabase& database, const HotHour& hour) const
{
    auto query = select(database, QStringLiteral("SELECT version FROM hot_hours WHERE host_id = %1 AND hour_ms = %2")
                                      .arg(hour.host.value)
                                      .arg(hour.hourMs));
    if (!query)
        return tl::unexpected(query.error());
    return firstValue(*query).map([](const QVariant& version) { return version.toLongLong(); });
}

Result<void> WideRows::erase(QSqlDatabase& database, const HotHour& hour)
{
    if (auto removed = removeHotHour(database, hour); !removed)
        return removed;
    return execute(database, QStringLiteral("DELETE FROM sealed_hours WHERE host_id = %1 AND hour_ms = %2")
                                 .arg(hour.host.value)
                                 .arg(hour.hourMs));
}

Result<bool> WideRows::keepsSealed(QSqlDatabase& database) const
{
    auto query = select(database, QStringLiteral("SELECT rows_stay FROM sealing"));
    if (!query)
        return tl::unexpected(query.error());
    return firstValue(*query).map([](const QVariant& stay) { return stay.toBool(); });
}

Result<void> WideRows::sealed(QSqlDatabase& database, const HotHour& hour)
{
    const auto keeps = keepsSealed(database);
    if (!keeps || !*keeps)
        return keeps ? erase(database, hour) : tl::unexpected(keeps.error());
    if (auto removed = removeHotHour(database, hour); !removed)
        return removed;
    return execute(
        database, QStringLiteral("INSERT INTO sealed_hours (host_id, hour_ms) VALUES (%1, %2) ON CONFLICT DO NOTHING")
                      .arg(hour.host.value)
                      .arg(hour.hourMs));
}

Result<std::vector<std::int64_t>> WideRows::sealedHoursOf(
    QSqlDatabase& database, HostId host, std::int64_t fromMs, std::int64_t toMs) const
{
    auto query = select(database,
        QStringLiteral("SELECT hour_ms FROM sealed_hours WHERE host_id = %1 AND hour_ms >= %2 AND hour_ms < %3 AND NOT "
                       "EXISTS (SELECT 1 FROM hot_hours AS hot WHERE hot.host_id = sealed_hours.host_id AND "
                       "hot.hour_ms = sealed_hours.hour_ms) ORDER BY hour_ms")
            .arg(host.value)
            .arg(fromMs)
            .arg(toMs));
    if (!query)
        return tl::unexpected(query.error());
    std::vector<std::int64_t> hours;
    while (query->next())
        hours.push_back(query->value(0).toLongLong());
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return hours;
}

Result<std::size_t> WideRows::drop(QSqlDatabase& database, const DropBefore& before)
{
    const auto hot = oldestHour(database, QStringLiteral("hot_hours"));
    const auto stayed = oldestHour(database, QStringLiteral("sealed_hours"));
    if (!hot || !stayed)
        return tl::unexpected(hot ? stayed.error() : hot.error());
    std::int64_t allGoneMs = kNone;
    for (const metrics::Family& family : metrics::families()) {
        // The rest stays whole for what comes late (Store::kLateMarginMs).
        const std::int64_t sealedMs =
            startOf(std::min(before.sealedMs(family), *hot) - Store::kLateMarginMs, DayPartitions::kDayMs);
        allGoneMs = std::min(allGoneMs, sealedMs);
        if (*stayed < sealedMs) {
            if (auto raised = raiseGoneBefore(database, Tier::Raw, {{std::string(family.name), sealedMs}}); !raised)
                return tl::unexpected(raised.error());
        }
        const auto dropped =
            m_days.drop(database, family, std::max(sealedMs, std::min({before.erasedMs, *hot, *stayed})));
        if (!dropped || *dropped > 0)
            return dropped;
    }
    auto forgotten = execute(database,
        QStringLiteral("DELETE FROM sealed_hours WHERE hour_ms < %1").arg(startOf(allGoneMs, DayPartitions::kDayMs)));
    return forgotten ? Result<std::size_t>(0) : tl::unexpected(forgotten.error());
}

Result<std::optional<std::int64_t>> WideRows::eraseOldestDay(QSqlDatabase& database)
{
    const auto hot = oldestHour(database, QStringLiteral("hot_hours"));
    const auto stayed = oldestHour(database, QStringLiteral("sealed_hours"));
    if (!hot || !stayed)
        return tl::unexpected(hot ? stayed.error() : hot.error());
    if (*stayed == kNone)
        return std::nullopt;
    const std::int64_t day = startOf(*stayed, DayPartitions::kDayMs);
    const std::int64_t endMs = day + DayPartitions::kDayMs;
    if (*hot < endMs + Store::kLateMarginMs)
        return std::nullopt;
    GoneBefore gone;
    for (const metrics::Family& family : metrics::families())
        gone.emplace(family.name, endMs);
    auto erased = raiseGoneBefore(database, Tier::Raw, gone);
    if (erased)
        erased = execute(database, QStringLiteral("DELETE FROM sealed_hours WHERE hour_ms < %1").arg(endMs));
    if (!erased)
        return tl::unexpected(erased.error());
    return day;
}

} // namespace sextant::server

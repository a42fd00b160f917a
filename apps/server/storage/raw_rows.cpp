// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/raw_rows.h"

#include "server/storage/block_table.h"

#include <QString>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace sextant::server {
namespace {

using metrics::Block;

/// Hands over the hours of a range one after another: sealed, hot, or both put together.
class HourMerge {
public:
    HourMerge(QSqlDatabase& database, const HotRows& hot, const RawRange& range, const BlockVisitor& visitor)
        : m_database(database), m_hot(hot), m_range(range), m_visitor(visitor)
    {
    }

    Result<void> run()
    {
        auto hours = m_hot.hoursOf(m_database, m_range.host, startOf(m_range.fromMs, kHourMs), m_range.toMs);
        if (!hours)
            return tl::unexpected(hours.error());
        const auto sealed =
            m_hot.sealedHoursOf(m_database, m_range.host, startOf(m_range.fromMs, kHourMs), m_range.toMs);
        if (!sealed)
            return tl::unexpected(sealed.error());
        std::ranges::merge(*hours, *sealed, std::back_inserter(m_hours));
        const BlockRange blocks{m_range.host, m_range.family, Tier::Raw, m_range.fromMs, m_range.toMs, m_range.choice};
        auto read = readBlocks(m_database, blocks,
            [this](std::int64_t hourMs, Block&& block) { return takeBlock(hourMs, std::move(block)); });
        if (!read || !m_failure)
            return read ? std::move(m_failure) : std::move(read);
        if (!m_stopped)
            takeHot(m_range.toMs);
        return std::move(m_failure);
    }

private:
    bool takeBlock(std::int64_t hourMs, Block&& block)
    {
        if (!takeHot(hourMs))
            return false;
        if (m_next < m_hours.size() && m_hours[m_next] == hourMs) {
            ++m_next;
            auto hot = readHot(hourMs);
            if (!hot)
                return false;
            if (hot->rowCount() > 0) {
                metrics::appendRows(block, *hot);
                metrics::sortRows(block); // of two equal rows the sealed one stays: it came first
            }
        }
        return visit(hourMs, block);
    }

    /// The hot hours before that time.
    bool takeHot(std::int64_t beforeMs)
    {
        while (m_next < m_hours.size() && m_hours[m_next] < beforeMs) {
            const std::int64_t hourMs = m_hours[m_next++];
            const auto hot = readHot(hourMs);
            if (!hot || !visit(hourMs, *hot))
                return false;
        }
        return true;
    }

    std::optional<Block> readHot(std::int64_t hourMs)
    {
        auto rows = m_hot.read(m_database, m_range.host, *m_range.family, std::max(hourMs, m_range.fromMs),
            std::min(hourMs + kHourMs, m_range.toMs), m_range.choice);
        if (rows)
            return std::move(*rows);
        m_failure = tl::unexpected(rows.error());
        return std::nullopt;
    }

    bool visit(std::int64_t hourMs, const Block& block)
    {
        const auto inRange = [&](std::size_t row) {
            return block.timesMs[row] >= m_range.fromMs && block.timesMs[row] < m_range.toMs;
        };
        const bool whole = hourMs >= m_range.fromMs && hourMs + kHourMs <= m_range.toMs;
        if (whole || std::ranges::all_of(std::views::iota(std::size_t{0}, block.rowCount()), inRange))
            m_stopped = block.rowCount() > 0 && !m_visitor(block);
        else if (const Block cut = rowsWhere(block, inRange); cut.rowCount() > 0)
            m_stopped = !m_visitor(cut);
        return !m_stopped;
    }

    QSqlDatabase& m_database;
    const HotRows& m_hot;
    const RawRange& m_range;
    const BlockVisitor& m_visitor;
    std::vector<std::int64_t> m_hours; ///< those with rows outside of blocks
    std::size_t m_next = 0;            ///< of them
    bool m_stopped = false;
    Result<void> m_failure;
};

/// The connections of this thread that are inside readAtOnce().
std::vector<QString>& connectionsReading()
{
    thread_local std::vector<QString> connections;
    return connections;
}

} // namespace

ReadingAtOnce::ReadingAtOnce(const QSqlDatabase& database)
    : m_nested(std::ranges::find(connectionsReading(), database.connectionName()) != connectionsReading().end())
{
    if (!m_nested)
        connectionsReading().push_back(database.connectionName());
}

ReadingAtOnce::~ReadingAtOnce()
{
    if (!m_nested)
        connectionsReading().pop_back();
}

Result<void> visitRawRows(
    QSqlDatabase& database, const HotRows& hot, const RawRange& range, const BlockVisitor& visitor)
{
    return HourMerge(database, hot, range, visitor).run();
}

Result<Block> rowsBefore(QSqlDatabase& database, const HotRows& hot, HostId host, const metrics::Family& family,
    std::int64_t beforeMs, const metrics::BlockChoice& choice)
{
    Block before;
    const std::int64_t earliest = beforeMs - Store::kPreviousWithinMs;
    std::int64_t toMs = beforeMs;
    while (toMs > earliest) {
        const std::int64_t fromMs = std::max(earliest, startOf(toMs - 1, kHourMs));
        std::int64_t reach = 0;
        auto read = visitRawRows(database, hot, {host, &family, fromMs, toMs, choice}, [&](const Block& rows) {
            for (const std::uint32_t intervalMs : rows.intervalsMs)
                reach = std::max(reach, joinWithinMs(intervalMs));
            metrics::appendRows(before, rowsWhere(rows, [&](std::size_t row) {
                return rows.timesMs[row] >= beforeMs - joinWithinMs(rows.intervalsMs[row]);
            }));
            return true;
        });
        if (!read)
            return tl::unexpected(read.error());
        // The rows of a family come in one interval; farther back than it reaches there is nothing to find.
        if (reach > 0 && fromMs <= beforeMs - reach)
            break;
        toMs = fromMs;
    }
    metrics::sortRows(before);
    return before;
}

} // namespace sextant::server

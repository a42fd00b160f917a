// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"
#include "metrics/result.h"
#include "server/storage/hot_rows.h"
#include "server/storage/sql.h"
#include "server/storage/store.h"

#include <QSqlDatabase>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sextant::server {

// Raw samples wherever they are, sealed or hot. The callers give a connection that sees one state of the database
// (ReadTransaction, or the writer's): blocks and hot rows are read by different statements.

struct RawRange {
    HostId host;
    const metrics::Family* family = nullptr;
    std::int64_t fromMs = 0;
    std::int64_t toMs = 0; ///< not included
    metrics::BlockChoice choice{};
};

/// Visits the rows of the range hour by hour, oldest first.
[[nodiscard]] Result<void> visitRawRows(
    QSqlDatabase& database, const HotRows& hot, const RawRange& range, const BlockVisitor& visitor);

/// The rows before `beforeMs` that are new enough for a counter to grow from: within joinWithinMs() of their interval,
/// and never more than Store::kPreviousWithinMs.
[[nodiscard]] Result<metrics::Block> rowsBefore(QSqlDatabase& database, const HotRows& hot, HostId host,
    const metrics::Family& family, std::int64_t beforeMs, const metrics::BlockChoice& choice);

/// The rows that `wanted(row)` holds for, in their order.
template <typename Wanted>
[[nodiscard]] metrics::Block rowsWhere(const metrics::Block& block, Wanted wanted)
{
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < block.rowCount(); ++row) {
        if (wanted(row))
            rows.push_back(row);
    }
    const auto pick = [&rows](const auto& from, auto& into) {
        into.reserve(rows.size());
        for (const std::size_t row : rows)
            into.push_back(from[row]);
    };
    metrics::Block kept;
    pick(block.instances, kept.instances);
    pick(block.timesMs, kept.timesMs);
    pick(block.intervalsMs, kept.intervalsMs);
    for (const metrics::BlockColumn& column : block.columns) {
        auto& into = kept.columns.emplace_back(metrics::BlockColumn{column.number, column.storage, {}});
        pick(column.cells, into.cells);
    }
    return kept;
}

/// Marks a connection of this thread as being inside readAtOnce().
class ReadingAtOnce {
public:
    explicit ReadingAtOnce(const QSqlDatabase& database);
    ~ReadingAtOnce();
    ReadingAtOnce(const ReadingAtOnce&) = delete;
    ReadingAtOnce& operator=(const ReadingAtOnce&) = delete;

    /// Whether it was already.
    [[nodiscard]] bool isNested() const { return m_nested; }

private:
    bool m_nested = false;
};

/// Runs `read` (giving a Result<void>) on a reader's connection so that all its statements see one state of the
/// database; within another call on the same connection, that of the outer one.
template <typename Read>
[[nodiscard]] Result<void> readAtOnce(QSqlDatabase& database, Read read)
{
    const ReadingAtOnce reading(database);
    if (reading.isNested())
        return read();
    if (auto begun = beginRead(database); !begun)
        return begun;
    const Result<void> done = read();
    endRead(database, !done);
    return done;
}

} // namespace sextant::server

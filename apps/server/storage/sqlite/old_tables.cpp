// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/old_tables.h"

#include "metrics/families.h"
#include "server/storage/sql_cell.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/hot_frames.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>
#include <QVariant>

#include <array>
#include <deque>
#include <vector>

namespace sextant::server {
namespace {

constexpr int kRowsAtOnce = 20'000;
constexpr int kKeyColumns = 4;

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

/// One of the tables: its name and the columns of the catalogue that it has.
struct OldTable {
    const metrics::Family* family = nullptr;
    QString name;
    std::vector<std::size_t> columns;
};

Result<QStringList> columnsOf(QSqlDatabase& database, const QString& table)
{
    auto query = prepare(database, QStringLiteral("SELECT name FROM pragma_table_info(?)"));
    if (!query)
        return tl::unexpected(query.error());
    query->bindValue(0, table);
    if (auto done = execute(*query); !done)
        return tl::unexpected(done.error());
    QStringList names;
    while (query->next())
        names += query->value(0).toString();
    if (auto read = allRead(*query); !read)
        return tl::unexpected(read.error());
    return names;
}

/// The next rows of a table as frames, and the key of the last of them.
class Taken {
public:
    Result<void> read(QSqlDatabase& database, const OldTable& table)
    {
        QStringList names{QStringLiteral("host_id"), QStringLiteral("time"), QStringLiteral("instance_id"),
            QStringLiteral("interval_ms")};
        for (const std::size_t column : table.columns)
            names += u'"' + text(table.family->columns[column].name) + u'"';
        auto query = prepare(database, QStringLiteral("SELECT %1 FROM %2 ORDER BY host_id, time, instance_id LIMIT %3")
                                           .arg(names.join(u','), table.name)
                                           .arg(kRowsAtOnce));
        if (!query)
            return tl::unexpected(query.error());
        if (auto done = execute(*query); !done)
            return done;
        while (query->next())
            add(*query, table);
        if (auto read = allRead(*query); !read)
            return read;
        for (std::size_t i = 0; i < m_hot.size(); ++i)
            m_hot[i].frame = &m_frames[i];
        return {};
    }

    [[nodiscard]] const std::vector<HotFrame>& frames() const { return m_hot; }
    [[nodiscard]] const std::array<qint64, 3>& last() const { return m_last; }

private:
    void add(const QSqlQuery& query, const OldTable& table)
    {
        const HostId host{query.value(0).toLongLong()};
        const std::int64_t timeMs = query.value(1).toLongLong();
        const std::uint32_t intervalMs = query.value(3).toUInt();
        const bool same = !m_frames.empty() && m_hot.back().host == host && m_frames.back().timeMs() == timeMs &&
                          m_frames.back().intervalMs() == intervalMs;
        if (!same) {
            m_frames.emplace_back(*table.family, timeMs, intervalMs);
            m_hot.push_back({host, nullptr, {}, 0});
        }
        m_last = {host.value, timeMs, query.value(2).toLongLong()};
        m_hot.back().instances.push_back(m_last[2]);
        const std::size_t row = m_frames.back().addRow();
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const std::size_t column = table.columns[i];
            m_frames.back().setCell(
                row, column, cellOf(query.value(kKeyColumns + static_cast<int>(i)), table.family->columns[column]));
        }
    }

    std::deque<metrics::Frame> m_frames;
    std::vector<HotFrame> m_hot;
    std::array<qint64, 3> m_last{};
};

Result<void> moveSome(QSqlDatabase& database, const OldTable& table, HotFrames& hot, bool& anyLeft)
{
    Taken taken;
    if (auto read = taken.read(database, table); !read)
        return read;
    anyLeft = !taken.frames().empty();
    if (!anyLeft)
        return execute(database, QStringLiteral("DROP TABLE %1").arg(table.name));
    BatchOutcome outcome;
    if (auto stored = hot.append(database, taken.frames(), {&outcome, 1}); !stored)
        return stored;
    auto erase = prepare(
        database, QStringLiteral("DELETE FROM %1 WHERE (host_id, time, instance_id) <= (?, ?, ?)").arg(table.name));
    if (!erase)
        return tl::unexpected(erase.error());
    for (int i = 0; i < 3; ++i)
        erase->bindValue(i, taken.last()[static_cast<std::size_t>(i)]);
    return execute(*erase);
}

Result<void> moveTable(QSqlDatabase& database, const OldTable& table)
{
    HotFrames hot;
    bool anyLeft = true;
    while (anyLeft) {
        auto done = execute(database, QStringLiteral("BEGIN IMMEDIATE"));
        if (!done)
            return done;
        done = moveSome(database, table, hot, anyLeft);
        if (done)
            done = execute(database, QStringLiteral("COMMIT"));
        if (!done) {
            QSqlQuery(database).exec(QStringLiteral("ROLLBACK"));
            return done;
        }
    }
    return {};
}

} // namespace

Result<void> moveOldTables(QSqlDatabase& database)
{
    for (const metrics::Family& family : metrics::families()) {
        OldTable table{&family, QStringLiteral("m_") + text(family.name), {}};
        const auto names = columnsOf(database, table.name);
        if (!names)
            return tl::unexpected(names.error());
        if (names->isEmpty())
            continue;
        for (std::size_t i = 0; i < family.columns.size(); ++i) {
            if (names->contains(text(family.columns[i].name)))
                table.columns.push_back(i);
        }
        if (auto moved = moveTable(database, table); !moved)
            return moved;
    }
    return {};
}

} // namespace sextant::server

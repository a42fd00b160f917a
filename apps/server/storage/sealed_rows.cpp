// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sealed_rows.h"

#include "metrics/families.h"
#include "server/storage/array_text.h"
#include "server/storage/block_table.h"
#include "server/storage/sql.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

namespace sextant::server {

Result<void> SealedRows::learn(QSqlDatabase& database, std::span<const HotFrame> frames)
{
    std::set<Key> unknown;
    for (const HotFrame& hot : frames) {
        const Key key = keyOf(hot);
        if (!m_open.contains(key))
            unknown.insert(key);
    }
    if (unknown.empty())
        return {};
    auto query = select(
        database, QStringLiteral("SELECT DISTINCT host_id, start_ms, family FROM blocks WHERE tier = %1 AND (host_id, "
                                 "start_ms) IN (SELECT * FROM unnest('%2'::int8[], '%3'::int8[]))")
                      .arg(static_cast<int>(Tier::Raw))
                      .arg(arrayOf(unknown, [](const Key& key) { return qint64{std::get<0>(key)}; }),
                          arrayOf(unknown, [](const Key& key) { return qint64{std::get<1>(key)}; })));
    if (!query)
        return tl::unexpected(query.error());
    while (query->next())
        unknown.erase({query->value(0).toLongLong(), query->value(1).toLongLong(),
            metrics::findFamily(query->value(2).toString().toStdString())});
    if (auto read = allRead(*query); !read)
        return read;
    m_open.merge(unknown);
    return {};
}

Result<std::size_t> SealedRows::leaveOut(QSqlDatabase& database, HotFrame& hot)
{
    const std::int64_t timeMs = hot.frame->timeMs();
    const Key key = keyOf(hot);
    if (m_open.contains(key))
        return 0;
    const auto rows = rowsOf(database, key);
    if (!rows)
        return tl::unexpected(rows.error());
    std::size_t left = 0;
    for (std::int64_t& instance : hot.instances) {
        if (instance != 0 && (*rows)->contains({instance, timeMs})) {
            instance = 0;
            ++left;
        }
    }
    return left;
}

void SealedRows::sealed(HostId host, std::int64_t hourMs)
{
    const auto first = m_open.lower_bound({host.value, hourMs, nullptr});
    const auto last = m_open.lower_bound({host.value, hourMs + 1, nullptr});
    m_open.erase(first, last);
    m_lastKey = {};
}

SealedRows::Key SealedRows::keyOf(const HotFrame& hot)
{
    return {hot.host.value, startOf(hot.frame->timeMs(), kHourMs), &hot.frame->family()};
}

Result<const SealedRows::Rows*> SealedRows::rowsOf(QSqlDatabase& database, const Key& key)
{
    if (key == m_lastKey)
        return &m_last;
    const auto& [host, hourMs, family] = key;
    const std::span<const std::uint32_t> noColumns;
    const auto block = readBlock(database, {HostId{host}, family, Tier::Raw, hourMs}, {noColumns});
    if (!block)
        return tl::unexpected(block.error());
    m_last.clear();
    for (std::size_t row = 0; row < block->rowCount(); ++row)
        m_last.emplace_hint(m_last.end(), block->instances[row], block->timesMs[row]);
    m_lastKey = key;
    if (m_last.empty())
        m_open.insert(key);
    return &m_last;
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/sample_insert.h"

#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/family_tables.h"

#include <QVariant>

#include <algorithm>
#include <tuple>
#include <utility>

namespace sextant::server {
namespace {

QVariant toVariant(metrics::Value value)
{
    if (value.isFixed())
        return QVariant(qint64{value.scaled()});
    if (value.isReal())
        return QVariant(value.asReal());
    return QVariant();
}

} // namespace

SampleInsert::SampleInsert(QSqlQuery statement, std::size_t cellCount)
    : m_statement(std::move(statement)), m_cellCount(cellCount), m_bound(FirstCellColumn + cellCount)
{
}

Result<void> SampleInsert::store(std::span<BatchOutcome> outcomes)
{
    std::ranges::sort(
        m_rows, {}, [](const Row& row) { return std::tuple(row.host, row.timeMs, row.instance, row.batch); });
    for (const Row& row : m_rows) {
        bind(HostColumn, row.host);
        bind(TimeColumn, row.timeMs);
        bind(InstanceColumn, row.instance);
        bind(IntervalColumn, row.intervalMs);
        for (std::size_t cell = 0; cell < m_cellCount; ++cell)
            bind(FirstCellColumn + static_cast<int>(cell), row.cells[cell]);
        m_anyBound = true;
        if (auto done = execute(m_statement); !done)
            return done;
        if (m_statement.numRowsAffected() > 0)
            ++outcomes[row.batch].storedRows;
        else
            ++outcomes[row.batch].repeatedRows;
    }
    m_rows.clear();
    return {};
}

void SampleInsert::bind(int position, std::int64_t value)
{
    bind(position, metrics::Value::fixed(value));
}

void SampleInsert::bind(int position, metrics::Value value)
{
    metrics::Value& bound = m_bound[static_cast<std::size_t>(position)];
    if (m_anyBound && bound == value)
        return;
    m_statement.bindValue(position, toVariant(value));
    bound = value;
}

} // namespace sextant::server

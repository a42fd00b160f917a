// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sextant::metrics {

// How blocks get more rows; for what reads rows from bytes (block.cpp, block_rows.cpp).

/// The column of that number; a new one is absent in the rows before. `hint`: where it probably stands.
inline BlockColumn& columnOf(
    Block& block, std::uint32_t number, std::size_t hint, Storage storage, std::size_t rowsBefore)
{
    if (hint < block.columns.size() && block.columns[hint].number == number)
        return block.columns[hint];
    const auto found = std::ranges::find(block.columns, number, &BlockColumn::number);
    if (found != block.columns.end())
        return *found;
    return block.columns.emplace_back(BlockColumn{number, storage, std::vector<Value>(rowsBefore)});
}

/// Takes a block back to what it was before rows were added.
class RowsAdded {
public:
    explicit RowsAdded(Block& block) : m_block(block), m_rows(block.rowCount()), m_columns(block.columns.size()) {}

    [[nodiscard]] std::size_t rowsBefore() const { return m_rows; }

    void takeBack()
    {
        m_block.instances.resize(m_rows);
        m_block.timesMs.resize(m_rows);
        m_block.intervalsMs.resize(m_rows);
        m_block.columns.resize(m_columns);
        fillColumns(m_rows);
    }

    /// Gives every column `rows` cells.
    void fillColumns(std::size_t rows)
    {
        for (BlockColumn& column : m_block.columns)
            column.cells.resize(rows);
    }

private:
    Block& m_block;
    std::size_t m_rows;
    std::size_t m_columns;
};

/// Whether a column or an instance is chosen.
template <typename Number>
bool isChosen(const std::optional<std::span<const Number>>& chosen, std::uint64_t number)
{
    return !chosen || std::ranges::find(*chosen, static_cast<Number>(number)) != chosen->end();
}

/// Tells which instances are chosen; quickest when it is asked for them in rising order.
class InstanceFilter {
public:
    explicit InstanceFilter(const BlockChoice& choice) : m_all(!choice.instances)
    {
        if (choice.instances)
            m_chosen = *choice.instances;
    }

    [[nodiscard]] bool takesAll() const { return m_all; }
    [[nodiscard]] bool takes(std::int64_t instance)
    {
        if (m_all)
            return true;
        if (m_next == m_chosen.size() || m_chosen[m_next] != instance)
            m_next = static_cast<std::size_t>(std::ranges::lower_bound(m_chosen, instance) - m_chosen.begin());
        if (m_next == m_chosen.size() || m_chosen[m_next] != instance)
            return false;
        ++m_next;
        return true;
    }

private:
    bool m_all;
    std::span<const std::int64_t> m_chosen;
    std::size_t m_next = 0;
};

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/block.h"
#include "server/storage/rollup.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sextant::server {

/// What a tier says of one column in one of its buckets, by Stat; absent cells where it says nothing.
struct RolledCell {
    std::array<metrics::Value, kStats> stats{};

    [[nodiscard]] metrics::Value operator[](Stat stat) const { return stats[static_cast<std::size_t>(stat)]; }
};

/// Where a block has what a tier keeps of one column. The block outlives it.
class RolledColumn {
public:
    RolledColumn(const metrics::Block& block, std::uint32_t number)
    {
        for (const metrics::BlockColumn& column : block.columns) {
            if (column.number / kStats == number)
                m_cells[column.number % kStats] = &column.cells;
        }
    }

    [[nodiscard]] RolledCell at(std::size_t row) const
    {
        RolledCell cell;
        for (std::size_t stat = 0; stat < kStats; ++stat)
            cell.stats[stat] = m_cells[stat] ? (*m_cells[stat])[row] : metrics::Value();
        return cell;
    }

private:
    std::array<const std::vector<metrics::Value>*, kStats> m_cells{}; ///< null: not at all
};

} // namespace sextant::server

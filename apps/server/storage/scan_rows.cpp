// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/scan_rows.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sextant::server {
namespace {

using metrics::Block;
using metrics::BlockColumn;

std::vector<const BlockColumn*> columnsOf(const SeriesScan& what, const Block& rows)
{
    std::vector<const BlockColumn*> columns;
    for (const std::size_t column : what.columns) {
        const auto found = std::ranges::find(rows.columns, what.family->columns[column].number, &BlockColumn::number);
        columns.push_back(found == rows.columns.end() ? nullptr : &*found);
    }
    return columns;
}

} // namespace

Result<void> scanRows(const Store& store, const SeriesScan& what, const std::function<bool(const ScannedRow&)>& visitor)
{
    std::vector<metrics::Value> cells(what.columns.size());
    return store.scan(what, [&](const Block& rows) {
        const auto columns = columnsOf(what, rows);
        std::vector<std::size_t> order(rows.rowCount());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, {}, [&rows](std::size_t row) { return rows.timesMs[row]; });
        return std::ranges::all_of(order, [&](std::size_t row) {
            for (std::size_t i = 0; i < columns.size(); ++i)
                cells[i] = columns[i] ? columns[i]->cells[row] : metrics::Value{};
            return visitor({rows.instances[row], rows.timesMs[row], rows.intervalsMs[row], cells});
        });
    });
}

} // namespace sextant::server

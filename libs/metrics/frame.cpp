// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/frame.h"

#include <utility>

namespace sextant::metrics {

std::size_t Frame::addRow(std::vector<std::string> labels)
{
    labels.resize(m_family->labels.size());
    for (std::string& label : labels)
        m_labels.push_back(std::move(label));
    m_cells.resize(m_cells.size() + m_family->columns.size());
    return m_rowCount++;
}

std::span<const std::string> Frame::labels(std::size_t row) const
{
    const std::size_t width = m_family->labels.size();
    return std::span(m_labels).subspan(row * width, width);
}

std::span<const Value> Frame::cells(std::size_t row) const
{
    const std::size_t width = m_family->columns.size();
    return std::span(m_cells).subspan(row * width, width);
}

std::optional<double> Frame::number(std::size_t row, ColumnRef column) const
{
    return toDouble(at(row, column), m_family->columns[column.index]);
}

void Frame::setCell(std::size_t row, std::size_t columnIndex, Value value)
{
    const bool fits = m_family->columns[columnIndex].storage == Storage::Real ? !value.isFixed() : !value.isReal();
    m_cells[row * m_family->columns.size() + columnIndex] = fits ? value : Value{};
}

} // namespace sextant::metrics

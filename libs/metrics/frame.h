// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/families.h"
#include "metrics/value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace sextant::metrics {

/// One tick of one family on one host: a time, the interval that it stands for, and a row per instance. A row has the
/// family's label values and one cell per column; a cell that was not set is absent. This is what travels, what is
/// stored and what is queried. A plain value; its family outlives it (families live for ever).
class Frame {
public:
    /// `timeMs`: Unix time in milliseconds. `intervalMs`: the collection interval, 0 when there is none.
    Frame(const Family& family, std::int64_t timeMs, std::uint32_t intervalMs)
        : m_family(&family), m_timeMs(timeMs), m_intervalMs(intervalMs)
    {
    }

    [[nodiscard]] const Family& family() const { return *m_family; }
    [[nodiscard]] std::int64_t timeMs() const { return m_timeMs; }
    [[nodiscard]] std::uint32_t intervalMs() const { return m_intervalMs; }
    [[nodiscard]] std::size_t rowCount() const { return m_rowCount; }

    /// Adds a row with every cell absent and gives its number. `labels` has one value per label key of the family, in
    /// that order; missing ones become empty, extra ones are dropped.
    std::size_t addRow(std::vector<std::string> labels = {});

    [[nodiscard]] std::span<const std::string> labels(std::size_t row) const;
    /// All cells of a row, in the order of the family's columns.
    [[nodiscard]] std::span<const Value> cells(std::size_t row) const;
    [[nodiscard]] Value at(std::size_t row, std::size_t columnIndex) const { return cells(row)[columnIndex]; }
    [[nodiscard]] Value at(std::size_t row, ColumnRef column) const { return at(row, column.index); }
    /// The number that people read, or nothing when the cell is absent.
    [[nodiscard]] std::optional<double> number(std::size_t row, ColumnRef column) const;

    /// Sets a cell. The cell must fit its column's storage (fixed or real); one that does not becomes absent.
    void setCell(std::size_t row, std::size_t columnIndex, Value value);

    /// Sets a cell from the number that people read; nothing, not finite and too large become absent.
    template <typename T>
    requires std::is_floating_point_v<T>
    void set(std::size_t row, ColumnRef column, T value)
    {
        setCell(row, column.index, fromDouble(static_cast<double>(value), m_family->columns[column.index]));
    }
    template <typename T>
    requires std::is_integral_v<T> && std::is_signed_v<T>
    void set(std::size_t row, ColumnRef column, T value)
    {
        setCell(row, column.index, fromInteger(static_cast<std::int64_t>(value), m_family->columns[column.index]));
    }
    template <typename T>
    requires std::is_integral_v<T> && std::is_unsigned_v<T>
    void set(std::size_t row, ColumnRef column, T value)
    {
        setCell(row, column.index, fromInteger(static_cast<std::uint64_t>(value), m_family->columns[column.index]));
    }
    template <typename T>
    void set(std::size_t row, ColumnRef column, const std::optional<T>& value)
    {
        if (value)
            set(row, column, *value);
    }

    friend bool operator==(const Frame&, const Frame&) = default;

private:
    const Family* m_family;
    std::int64_t m_timeMs;
    std::uint32_t m_intervalMs;
    std::size_t m_rowCount = 0;
    std::vector<std::string> m_labels; ///< row-major, family.labels.size() per row
    std::vector<Value> m_cells;        ///< row-major, family.columns.size() per row
};

} // namespace sextant::metrics

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <QSqlDatabase>
#include <QString>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sextant::server {

/// The PostgreSQL types that rows can be copied into.
enum class CopyType : std::uint8_t { Int2, Int4, Int8, Float8, Timestamptz, Bytea };

struct CopyColumn {
    QString name;
    CopyType type = CopyType::Int8;
};

/// Rows on their way into one table, held as COPY's binary format (PostgreSQL 15 manual, "COPY", Binary Format). Cells
/// are added in the order of the columns, each by the function of its column's type; a row ends with its last column.
/// A cell of another type or out of its type's range makes the whole invalid, which store() tells.
class CopyRows {
public:
    CopyRows(QString table, std::vector<CopyColumn> columns);

    void addNull();
    void addInteger(std::int64_t value); ///< for Int2, Int4 and Int8
    void addReal(double value);          ///< every double, NaN and infinities too
    void addTimeMs(std::int64_t unixMs); ///< to the millisecond; also before 2000
    void addBytes(std::string_view bytes);

    /// Forgets the rows, keeps the memory.
    void clear();

    [[nodiscard]] std::size_t rowCount() const { return m_cells / m_columns.size(); }
    [[nodiscard]] const QString& table() const { return m_table; }
    [[nodiscard]] const std::vector<CopyColumn>& columns() const { return m_columns; }
    /// The tuples, without header and trailer.
    [[nodiscard]] std::string_view tuples() const { return m_tuples; }
    /// Invalid, with the first cell that did not fit, or for a row that is not whole.
    [[nodiscard]] Result<void> check() const;

private:
    [[nodiscard]] CopyType beginCell();
    void refuse(std::string_view why);

    QString m_table;
    std::vector<CopyColumn> m_columns;
    std::string m_tuples;
    std::size_t m_cells = 0;
    std::string m_refused;
};

/// Stores rows of one table after another in the transaction of the caller: by COPY where the connection shows its
/// libpq handle, else by an INSERT from arrays. While PostgreSQL takes the rows of a COPY the caller can make the next
/// ones; until finish() no other statement may run on the connection. After an error the connection can be used on (a
/// transaction must be rolled back, as after any error of PostgreSQL), unless it is Unreachable: then it is lost.
class RowStream {
public:
    explicit RowStream(QSqlDatabase& database) : m_database(database) {}
    ~RowStream();
    RowStream(const RowStream&) = delete;
    RowStream& operator=(const RowStream&) = delete;

    /// Waits for the rows before, then sends these, which are not needed any more after it. An error may be of either.
    [[nodiscard]] Result<void> store(const CopyRows& rows);
    /// Waits until all are stored.
    [[nodiscard]] Result<void> finish();

private:
    QSqlDatabase& m_database;
    std::string m_underWay; ///< what the COPY stores that was not answered; empty: none
};

/// The two ways by themselves. COPY sends each row once and in binary; arrays are for handles that are not libpq's.
[[nodiscard]] Result<void> copyRows(QSqlDatabase& database, const CopyRows& rows);
[[nodiscard]] Result<void> insertArrays(QSqlDatabase& database, const CopyRows& rows);

} // namespace sextant::server

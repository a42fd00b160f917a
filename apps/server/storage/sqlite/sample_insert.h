// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "metrics/value.h"
#include "server/storage/store.h"

#include <QSqlQuery>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sextant::server {

/// The rows of one family that a group brings, and the prepared statement that stores them. Rows are collected, sorted
/// by the key of the table and stored one by one; a parameter that is the same as in the row before is not bound again,
/// which on real hosts spares about half of the binding. Lives on the writer thread.
class SampleInsert {
public:
    struct Row {
        std::int64_t host = 0;
        std::int64_t timeMs = 0;
        std::int64_t instance = 0;
        std::int64_t intervalMs = 0;
        const metrics::Value* cells = nullptr; ///< as many as the family has columns; owned by the batch
        std::size_t batch = 0;                 ///< position of the batch in the group
    };

    SampleInsert(QSqlQuery statement, std::size_t cellCount);

    void add(const Row& row) { m_rows.push_back(row); }
    void clear() { m_rows.clear(); }

    /// Stores the rows that were added and counts each into the outcome of its batch. The rows are gone afterwards.
    [[nodiscard]] Result<void> store(std::span<BatchOutcome> outcomes);

private:
    void bind(int position, std::int64_t value);
    void bind(int position, metrics::Value value);

    QSqlQuery m_statement;
    std::size_t m_cellCount;
    std::vector<Row> m_rows;
    std::vector<metrics::Value> m_bound; ///< what each parameter is now
    bool m_anyBound = false;             ///< false until the first row: every parameter is unknown
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"
#include "metrics/result.h"
#include "server/storage/postgres/abilities.h"
#include "server/storage/postgres/copy_writer.h"

#include <QString>

#include <cstdint>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

// The tables of samples in PostgreSQL, one per family, made from the catalogue: `m_<family>` has a row per time and
// instance and a column per column of the family. Fixed-point columns are whole numbers, value × 10^scale, of the
// smallest type that their unit asks for; real ones are float8; null is absent. A number that its column's type cannot
// hold goes to `overflow` (see wide_rows.cpp), so that no cell is ever changed.

/// How the days of a table are kept apart, so that old ones can be dropped.
enum class Chunking : std::uint8_t {
    Partitions, ///< PostgreSQL's own, one table a day (postgres/day_partitions.h)
    Hypertable, ///< TimescaleDB's chunks, a day each
};

/// "m_cpu".
[[nodiscard]] QString wideTable(const metrics::Family& family);

/// The column's type in the table.
[[nodiscard]] CopyType wideType(const metrics::Column& column);
[[nodiscard]] bool fitsInto(CopyType type, std::int64_t value);

/// All columns of the table in COPY's order: time, host_id, instance_id, interval_ms, the family's, overflow.
[[nodiscard]] std::vector<CopyColumn> wideColumns(const metrics::Family& family);

/// Makes the tables that are missing, the columns of tables that an older catalogue made, and the views over them
/// (postgres/views.h), all or nothing. New tables that the server refuses to make hypertables (0A000) are partitioned.
/// Called under SchemaLock.
[[nodiscard]] Result<void> prepareWideTables(QSqlDatabase& database, const PostgresAbilities& abilities);

[[nodiscard]] Result<Chunking> chunkingOf(QSqlDatabase& database);

/// A time as an SQL expression that PostgreSQL can pick partitions by before it begins to read.
[[nodiscard]] QString timeLiteral(std::int64_t unixMs);

} // namespace sextant::server

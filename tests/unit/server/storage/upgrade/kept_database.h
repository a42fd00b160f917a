// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/store.h"

#include <QByteArray>
#include <QString>

namespace sextant::testing {

/// A small database of some version of the schema is kept for ever as two texts in tests/fixtures/databases:
/// `NNNN.sql`, the statements that make it again (NNNN: its last migration), and `NNNN.samples`, what the store of that
/// version gave back, a line per row. keep_database makes both for the present version; upgrade_test opens every one.
inline constexpr std::int64_t kKeptStartMs = 1'767'225'600'000; ///< 1 January 2026, the first whole hour in them
inline constexpr std::int64_t kKeptEndMs = kKeptStartMs + 3 * 3'600'000;
inline constexpr std::int64_t kKeptHosts = 2;

/// Every sample of the kept hosts that the store gives back: a sorted line per row with host, family, labels
/// (percent-encoded), time, interval and the columns that are not absent, integers as stored, doubles in hex.
[[nodiscard]] Result<QByteArray> samplesOf(const server::Store& store);

/// The SQL text that makes the SQLite file again, tables and rows alike.
[[nodiscard]] Result<QByteArray> dumpSqlite(const QString& path);

/// Makes a SQLite file from such a text.
[[nodiscard]] Result<void> makeSqlite(const QString& path, const QByteArray& sql);

} // namespace sextant::testing

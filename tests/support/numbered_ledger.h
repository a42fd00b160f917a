// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/database.h"
#include "server/storage/sql_store.h"
#include "support/numbered_sender.h"

#include <QString>
#include <QTemporaryDir>

#include <cstdint>
#include <memory>
#include <optional>

namespace sextant::test {

// What a store holds of the batches of a NumberedSender, row by row.

/// The store in a database, as a server would open it.
struct OpenStore {
    std::unique_ptr<server::Database> database;
    std::unique_ptr<server::SqlStore> store;
};
/// An error when the database is away or cannot be used.
[[nodiscard]] Result<OpenStore> openStore(const server::DatabaseOptions& options);
[[nodiscard]] Result<OpenStore> openPostgresStore(const QString& url);
/// Whether the samples there are in hypertables: what a test shows of TimescaleDB it does not show of a plain
/// PostgreSQL.
[[nodiscard]] bool hasHypertables(const QString& url);

/// What a store holds of a sender's host.
struct Ledger {
    std::int64_t batches = 0; ///< batches 0 to batches − 1 are there
    QString fault;            ///< empty: each of their rows is there once, with its own number, and no other row is
};
[[nodiscard]] Ledger readLedger(const server::Store& store, qint64 host, NumberedTimes times);

/// What a tier says of the same batches.
struct TierLedger {
    std::int64_t buckets = 0; ///< compared
    std::int64_t fromMs = 0;  ///< where the first of them begins
    QString fault;            ///< empty: count and sum of each are those of the samples, and none is missing after that
};
/// Compares every sealed hour of memory's used_bytes. `stepMs` divides 5 minutes.
[[nodiscard]] TierLedger readTierLedger(const server::Store& store, qint64 host, NumberedTimes times,
    std::int64_t batches, server::Tier tier = server::Tier::FiveMinutes);

/// The same of a store that removes what is old, or what it has no room for: what is left.
struct Remains {
    std::int64_t batches = 0;   ///< up to batch batches − 1
    std::int64_t rawFromMs = 0; ///< from there on all three families are there, each row once
    std::int64_t allGoneMs = 0; ///< before that all three families are gone
    TierLedger fiveMinutes;     ///< their faults are in `fault` too
    TierLedger hours;
    QString fault; ///< empty: of each family whole hours are missing, the oldest, and nothing else
};
[[nodiscard]] Remains readRemains(const server::Store& store, qint64 host, NumberedTimes times);

/// A ledger of a SQLite file, which may be in use or left by a crash: reads from a copy of it. With `tier`, also that.
[[nodiscard]] Ledger readLedger(
    const QString& databasePath, qint64 host, NumberedTimes times, TierLedger* tier = nullptr);

/// A copy of the SQLite file of a killed server, opened; the file stays as the crash left it.
struct CrashedCopy {
    std::unique_ptr<QTemporaryDir> folder;
    OpenStore open;
};
[[nodiscard]] Result<CrashedCopy> copyCrashed(const QString& databasePath);

/// What there is of a half-sealed hour of that host, rows that a block holds already and that are hot still; empty when
/// there is none. `acknowledged` as of the sender by then. An error: the database cannot be read.
[[nodiscard]] Result<QString> halfSealedHour(server::Database& database, qint64 host, std::int64_t acknowledged);

} // namespace sextant::test

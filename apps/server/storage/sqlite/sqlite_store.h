// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/clock.h"
#include "server/storage/store.h"

#include <memory>

class QSqlDatabase;

namespace sextant::server {

class Appender;
class Database;

/// The store in the server's own SQLite file: wide rows per family (family_tables.h), written through
/// Database::write(), read on the connections of the calling threads. The database outlives the store.
class SqliteStore final : public Store {
public:
    SqliteStore(Database& database, Clock clock);
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;

    [[nodiscard]] Result<std::vector<BatchOutcome>> append(
        std::span<const HostBatch> group, std::span<const StoredHostState> states) override;
    [[nodiscard]] Result<std::vector<Instance>> instances(HostId host, const metrics::Family& family) const override;
    [[nodiscard]] Result<void> scan(const SeriesScan& what, const RowVisitor& visitor) const override;
    [[nodiscard]] Result<Coverage> coverage(
        HostId host, const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs) const override;
    [[nodiscard]] Result<void> scanTier(const TierScan& what, const BlockVisitor& visitor) const override;
    [[nodiscard]] Result<std::vector<StoredHostState>> hostStates() const override;

private:
    [[nodiscard]] Result<void> pruneBatchIds(QSqlDatabase& database);

    Database& m_database;
    Clock m_clock;
    std::unique_ptr<Appender> m_appender; ///< made, used and destroyed on the writer thread
    std::int64_t m_prunedMs = 0;          ///< when batch ids were last looked through; writer thread
};

} // namespace sextant::server

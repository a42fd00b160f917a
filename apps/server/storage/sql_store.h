// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/block_table.h"
#include "server/storage/clock.h"
#include "server/storage/hot_rows.h"
#include "server/storage/instance_cache.h"
#include "server/storage/instance_index.h"
#include "server/storage/sealer.h"
#include "server/storage/store.h"
#include "server/storage/upkeep.h"

#include <memory>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

class Database;

/// The store in an SQL database: instances, batch ids, host states and sealed blocks in plain SQL that every backend
/// understands, hot rows in the backend's own way (HotRows). Writes through Database::write(), reads on the connections
/// of the calling threads. The database outlives the store.
class SqlStore : public Store, public Upkeep {
public:
    SqlStore(Database& database, std::unique_ptr<HotRows> hot, Clock clock, InstanceLimits limits = {});
    ~SqlStore() override;
    SqlStore(const SqlStore&) = delete;
    SqlStore& operator=(const SqlStore&) = delete;

    [[nodiscard]] Result<std::vector<BatchOutcome>> append(
        std::span<const HostBatch> group, std::span<const StoredHostState> states) override;
    [[nodiscard]] Result<InstanceList> instances(HostId host, const metrics::Family& family) const override;
    [[nodiscard]] Result<void> scan(const SeriesScan& what, const BlockVisitor& visitor) const override;
    [[nodiscard]] Result<Coverage> coverage(
        HostId host, const metrics::Family& family, std::int64_t fromMs, std::int64_t toMs) const override;
    [[nodiscard]] Result<void> scanTier(const TierScan& what, const BlockVisitor& visitor) const override;
    [[nodiscard]] Result<void> atOnce(const std::function<Result<void>()>& read) const override;
    [[nodiscard]] Result<std::vector<StoredHostState>> hostStates() const override;

    [[nodiscard]] Result<bool> seal(std::int64_t endedByMs, std::int64_t quietMs) override;
    [[nodiscard]] Result<std::size_t> expire(const Retention& retention) override;
    [[nodiscard]] Result<Evicted> evict(std::int64_t maxBytes) override;
    [[nodiscard]] Result<std::size_t> pruneBatchIds() override;
    [[nodiscard]] Result<StoreSizes> sizes() const override;
    [[nodiscard]] Result<std::vector<InstanceCount>> instanceCounts(HostId host) const override;

private:
    [[nodiscard]] Result<std::vector<BatchOutcome>> appendOnWriter(
        QSqlDatabase& database, std::span<const HostBatch> group);
    [[nodiscard]] Result<std::size_t> dropRows(const DropBefore& before);
    [[nodiscard]] Result<std::optional<std::int64_t>> evictDay();
    [[nodiscard]] Result<void> leaveOutSealed(
        QSqlDatabase& database, std::vector<HotFrame>& frames, std::span<BatchOutcome> outcomes);
    [[nodiscard]] Result<void> collectFrames(QSqlDatabase& database, const HostBatch& batch, std::size_t batchIndex,
        std::vector<HotFrame>& frames, BatchOutcome& outcome);

    [[nodiscard]] bool isGone(const metrics::Frame& frame) const;

    Database& m_database;
    std::unique_ptr<HotRows> m_hot;
    Clock m_clock;
    Sealer m_sealer;
    InstanceIndex m_instances;             ///< writer thread, or its caller while no append runs
    mutable InstanceCache m_readInstances; ///< any thread
    GoneBefore m_gone;                     ///< raw samples, as of the append under way; as m_instances
    bool m_isDurable = true;               ///< the last append() was; as m_instances
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "server/storage/sqlite/instance_index.h"
#include "server/storage/store.h"

#include <QSqlDatabase>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sextant::server {

class SampleInsert;

/// Puts groups of batches into the tables of samples: the batch ids first, then the rows of all new batches together,
/// family by family in the order of the table's key, so that neighbours in the tree are written together. Keeps its
/// prepared statements and the instance index between groups. Lives and dies on the writer thread; works inside the
/// transaction of its caller, who says with keep() or forget() whether that was committed.
class Appender {
public:
    explicit Appender(QSqlDatabase database);
    ~Appender();
    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;

    [[nodiscard]] Result<std::vector<BatchOutcome>> append(std::span<const HostBatch> group);

    void keep() { m_instances.keep(); }
    void forget() { m_instances.forget(); }

private:
    [[nodiscard]] Result<bool> recordBatch(const HostBatch& batch);
    [[nodiscard]] Result<void> collectRows(const HostBatch& batch, std::size_t batchIndex, BatchOutcome& outcome);
    [[nodiscard]] Result<SampleInsert*> insertFor(const metrics::Family& family);

    QSqlDatabase m_database;
    QSqlQuery m_recordBatch;
    InstanceIndex m_instances;
    std::vector<std::unique_ptr<SampleInsert>>
        m_inserts; ///< by the family's position in the catalogue; null until needed
};

} // namespace sextant::server

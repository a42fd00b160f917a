// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/storage/sqlite/appender.h"

#include "metrics/families.h"
#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/family_tables.h"
#include "server/storage/sqlite/sample_insert.h"

#include <QVariant>

#include <utility>

namespace sextant::server {

Appender::Appender(QSqlDatabase database)
    : m_database(std::move(database)), m_recordBatch(m_database), m_inserts(metrics::families().size())
{
}

Appender::~Appender() = default;

Result<std::vector<BatchOutcome>> Appender::append(std::span<const HostBatch> group)
{
    for (const auto& insert : m_inserts) {
        if (insert)
            insert->clear(); // of a group that failed half-way
    }
    std::vector<BatchOutcome> outcomes(group.size());
    for (std::size_t i = 0; i < group.size(); ++i) {
        const auto fresh = recordBatch(group[i]);
        if (!fresh)
            return tl::unexpected(fresh.error());
        outcomes[i].duplicate = !*fresh;
        if (!*fresh)
            continue;
        if (auto collected = collectRows(group[i], i, outcomes[i]); !collected)
            return tl::unexpected(collected.error());
    }
    for (const auto& insert : m_inserts) {
        if (!insert)
            continue;
        if (auto stored = insert->store(outcomes); !stored)
            return tl::unexpected(stored.error());
    }
    return outcomes;
}

Result<bool> Appender::recordBatch(const HostBatch& batch)
{
    if (m_recordBatch.lastQuery().isEmpty()) {
        auto prepared = prepare(
            m_database, QStringLiteral("INSERT INTO batches (id, host_id) VALUES (?, ?) ON CONFLICT DO NOTHING"));
        if (!prepared)
            return tl::unexpected(prepared.error());
        m_recordBatch = std::move(*prepared);
    }
    const auto& id = batch.batch->id.bytes();
    m_recordBatch.bindValue(0, QByteArray(reinterpret_cast<const char*>(id.data()), static_cast<qsizetype>(id.size())));
    m_recordBatch.bindValue(1, qint64{batch.host.value});
    if (auto done = execute(m_recordBatch); !done)
        return tl::unexpected(done.error());
    return m_recordBatch.numRowsAffected() > 0;
}

Result<void> Appender::collectRows(const HostBatch& batch, std::size_t batchIndex, BatchOutcome& outcome)
{
    for (const metrics::Frame& frame : batch.batch->frames) {
        auto insert = insertFor(frame.family());
        if (!insert)
            return tl::unexpected(insert.error());
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            const auto instance = m_instances.find(m_database, batch.host, frame.family(), frame.labels(row));
            if (!instance)
                return tl::unexpected(instance.error());
            if (!*instance) {
                ++outcome.overCardinality;
                continue;
            }
            (*insert)->add({batch.host.value, frame.timeMs(), **instance, frame.intervalMs(), frame.cells(row).data(),
                batchIndex});
        }
    }
    return {};
}

Result<SampleInsert*> Appender::insertFor(const metrics::Family& family)
{
    auto& insert = m_inserts[static_cast<std::size_t>(&family - metrics::families().data())];
    if (!insert) {
        auto prepared = prepare(m_database, insertSql(family));
        if (!prepared)
            return tl::unexpected(prepared.error());
        insert = std::make_unique<SampleInsert>(std::move(*prepared), family.columns.size());
    }
    return insert.get();
}

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/batch_queue.h"

#include <algorithm>
#include <utility>

namespace sextant::agent {

std::uint64_t BatchQueue::cost(const PackedBatch& batch)
{
    return sizeof(PackedBatch) + batch.body.capacity();
}

std::vector<DroppedBatch> BatchQueue::push(PackedBatch batch)
{
    batch.body.shrink_to_fit();
    const std::uint64_t needed = cost(batch);
    if (needed > m_maxBytes)
        return {{batch.id, batch.fromMs, batch.toMs}};
    std::vector<DroppedBatch> dropped = dropOldestUntil(m_maxBytes - needed);
    m_entries.push_back(std::move(batch));
    m_bytes += needed;
    return dropped;
}

const PackedBatch* BatchQueue::find(const metrics::BatchId& id) const
{
    const auto found = std::ranges::find(m_entries, id, &PackedBatch::id);
    return found == m_entries.end() ? nullptr : &*found;
}

std::optional<PackedBatch> BatchQueue::remove(const metrics::BatchId& id)
{
    const auto found = std::ranges::find(m_entries, id, &PackedBatch::id);
    if (found == m_entries.end())
        return std::nullopt;
    PackedBatch batch = std::move(*found);
    m_bytes -= cost(batch);
    m_entries.erase(found);
    return batch;
}

std::vector<DroppedBatch> BatchQueue::setMaxBytes(std::uint64_t maxBytes)
{
    m_maxBytes = maxBytes;
    return dropOldestUntil(maxBytes);
}

std::vector<DroppedBatch> BatchQueue::dropOldestUntil(std::uint64_t bytes)
{
    std::vector<DroppedBatch> dropped;
    while (m_bytes > bytes) {
        const PackedBatch& batch = m_entries.front();
        m_bytes -= cost(batch);
        dropped.push_back({batch.id, batch.fromMs, batch.toMs});
        m_entries.pop_front();
    }
    return dropped;
}

} // namespace sextant::agent

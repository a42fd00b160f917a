// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/batch_queue.h"

#include <algorithm>
#include <utility>

namespace sextant::agent {

std::uint64_t BatchQueue::cost(const PackedBatch& batch)
{
    return sizeof(PackedBatch) + batch.body.capacity();
}

void BatchQueue::push(PackedBatch batch)
{
    batch.body.shrink_to_fit();
    const std::uint64_t needed = cost(batch);
    if (needed > m_maxBytes) {
        ++m_stats.dropped;
        return;
    }
    dropOldestUntil(m_maxBytes - needed);
    m_fresh = batch.id;
    m_entries.push_back(std::move(batch));
    m_stats.bytes += needed;
    m_stats.batches = m_entries.size();
}

const PackedBatch* BatchQueue::peek() const
{
    if (m_entries.empty())
        return nullptr;
    return m_fresh == m_entries.back().id ? &m_entries.back() : &m_entries.front();
}

void BatchQueue::retryLater(const metrics::BatchId& id)
{
    if (m_fresh == id)
        m_fresh.reset();
}

void BatchQueue::acknowledge(const metrics::BatchId& id)
{
    if (const auto batch = remove(id)) {
        ++m_stats.sent;
        m_stats.sentBytes += batch->body.size();
    }
}

void BatchQueue::quarantine(const metrics::BatchId& id)
{
    if (remove(id))
        ++m_stats.quarantined;
}

void BatchQueue::setMaxBytes(std::uint64_t maxBytes)
{
    m_maxBytes = maxBytes;
    dropOldestUntil(maxBytes);
}

std::deque<PackedBatch>::iterator BatchQueue::find(const metrics::BatchId& id)
{
    return std::ranges::find(m_entries, id, &PackedBatch::id);
}

std::optional<PackedBatch> BatchQueue::remove(const metrics::BatchId& id)
{
    const auto found = find(id);
    if (found == m_entries.end())
        return std::nullopt;
    PackedBatch batch = std::move(*found);
    m_stats.bytes -= cost(batch);
    m_entries.erase(found);
    m_stats.batches = m_entries.size();
    return batch;
}

void BatchQueue::dropOldestUntil(std::uint64_t bytes)
{
    while (m_stats.bytes > bytes) {
        m_stats.bytes -= cost(m_entries.front());
        m_entries.pop_front();
        ++m_stats.dropped;
    }
    m_stats.batches = m_entries.size();
}

} // namespace sextant::agent

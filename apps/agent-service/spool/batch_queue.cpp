// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/spool/batch_queue.h"

#include <algorithm>
#include <utility>

namespace sextant::agent {

std::uint64_t BatchQueue::cost(const PackedBatch& batch)
{
    return sizeof(Entry) + batch.body.capacity();
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
    m_entries.push_back({std::move(batch), true});
    m_stats.bytes += needed;
    m_stats.batches = m_entries.size();
}

const PackedBatch* BatchQueue::peek() const
{
    if (m_entries.empty())
        return nullptr;
    return m_entries.back().fresh ? &m_entries.back().batch : &m_entries.front().batch;
}

void BatchQueue::retryLater(const metrics::BatchId& id)
{
    if (const auto found = find(id); found != m_entries.end())
        found->fresh = false;
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

std::deque<BatchQueue::Entry>::iterator BatchQueue::find(const metrics::BatchId& id)
{
    return std::ranges::find(m_entries, id, [](const Entry& entry) { return entry.batch.id; });
}

std::optional<PackedBatch> BatchQueue::remove(const metrics::BatchId& id)
{
    const auto found = find(id);
    if (found == m_entries.end())
        return std::nullopt;
    PackedBatch batch = std::move(found->batch);
    m_stats.bytes -= cost(batch);
    m_entries.erase(found);
    m_stats.batches = m_entries.size();
    return batch;
}

void BatchQueue::dropOldestUntil(std::uint64_t bytes)
{
    while (m_stats.bytes > bytes) {
        m_stats.bytes -= cost(m_entries.front().batch);
        m_entries.pop_front();
        ++m_stats.dropped;
    }
    m_stats.batches = m_entries.size();
}

} // namespace sextant::agent

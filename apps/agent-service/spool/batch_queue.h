// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/spool/packed_batch.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace sextant::agent {

/// Batches in memory, bounded by bytes: when full, the oldest go first. What the spool holds before, or instead of, the
/// disk. One thread.
class BatchQueue {
public:
    explicit BatchQueue(std::uint64_t maxBytes) : m_maxBytes(maxBytes) {}

    /// Takes a batch in and makes room for it; gives back what had to go. A batch that alone is larger than the queue
    /// goes itself.
    [[nodiscard]] std::vector<DroppedBatch> push(PackedBatch batch);

    [[nodiscard]] const PackedBatch* oldest() const { return m_entries.empty() ? nullptr : &m_entries.front(); }
    /// Null when it is not here. Valid until the next call that changes the queue.
    [[nodiscard]] const PackedBatch* find(const metrics::BatchId& id) const;
    /// Takes a batch out; nothing when it is not here.
    std::optional<PackedBatch> remove(const metrics::BatchId& id);

    /// Changes the bound; gives back what had to go.
    [[nodiscard]] std::vector<DroppedBatch> setMaxBytes(std::uint64_t maxBytes);

    [[nodiscard]] bool empty() const { return m_entries.empty(); }
    [[nodiscard]] std::size_t size() const { return m_entries.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; } ///< memory of the batches

private:
    [[nodiscard]] static std::uint64_t cost(const PackedBatch& batch);
    [[nodiscard]] std::vector<DroppedBatch> dropOldestUntil(std::uint64_t bytes);

    std::uint64_t m_maxBytes;
    std::uint64_t m_bytes = 0;
    std::deque<PackedBatch> m_entries; ///< oldest first
};

} // namespace sextant::agent

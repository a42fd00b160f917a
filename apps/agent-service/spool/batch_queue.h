// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace sextant::agent {

/// A batch ready to be sent: encoded and compressed.
struct PackedBatch {
    metrics::BatchId id;
    std::string body;
};

/// What went through a queue since the agent started, and what is in it.
struct QueueStats {
    std::size_t batches = 0;
    std::uint64_t bytes = 0; ///< memory of the waiting batches
    std::uint64_t sent = 0;
    std::uint64_t sentBytes = 0;
    std::uint64_t dropped = 0;
    std::uint64_t quarantined = 0;
};

/// Batches that wait to be delivered, in memory, bounded by bytes: when full, the oldest go first and are counted. Two
/// lanes: the batch that came in last is offered first until it was tried; behind it the backlog, oldest first, so
/// that after an outage the present is seen at once and the past fills up in order. A batch stays until it was
/// acknowledged, so an attempt that failed loses nothing. One thread.
class BatchQueue {
public:
    explicit BatchQueue(std::uint64_t maxBytes) : m_maxBytes(maxBytes) {}

    /// Takes a batch in and makes room for it. A batch that alone is larger than the queue is dropped and counted.
    void push(PackedBatch batch);

    /// What to send next, or null when nothing waits. Valid until the next call that changes the queue.
    [[nodiscard]] const PackedBatch* peek() const;

    /// Notes that sending the batch was tried and failed: it joins the backlog.
    void retryLater(const metrics::BatchId& id);
    /// The server has it: away with it. Unknown ids (dropped meanwhile) do nothing.
    void acknowledge(const metrics::BatchId& id);
    /// The server refused it for good: counted and given up.
    void quarantine(const metrics::BatchId& id);

    /// Changes the bound; drops the oldest where that is needed.
    void setMaxBytes(std::uint64_t maxBytes);

    [[nodiscard]] bool empty() const { return m_entries.empty(); }
    [[nodiscard]] const QueueStats& stats() const { return m_stats; }

private:
    [[nodiscard]] static std::uint64_t cost(const PackedBatch& batch);
    std::deque<PackedBatch>::iterator find(const metrics::BatchId& id);
    std::optional<PackedBatch> remove(const metrics::BatchId& id);
    void dropOldestUntil(std::uint64_t bytes);

    std::uint64_t m_maxBytes;
    std::deque<PackedBatch> m_entries;       ///< oldest first
    std::optional<metrics::BatchId> m_fresh; ///< the newest one, until it was tried
    QueueStats m_stats;
};

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/codec.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/clock.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sextant::logging {
class Log;
}

namespace sextant::server {

class Overview;
class StateTracker;
class Store;
struct BatchOutcome;
struct StoredHostState;

/// The limits of ingest.
struct IngestLimits {
    std::size_t queueBytes = std::size_t{128} << 20; ///< memory of batches that wait; past it submit() is Busy
    std::size_t groupValues = 50'000;                ///< a group is written when it has this many values,
    std::size_t groupBytes = std::size_t{8} << 20;   ///< or this much memory, or when nothing else waits
    std::int64_t aheadMs = 10 * 60'000;              ///< a frame may be this far ahead of the server's clock
};

/// Counts since start, for /metrics.
struct IngestCounts {
    std::uint64_t batches = 0;         ///< stored
    std::uint64_t duplicates = 0;      ///< acknowledged again
    std::uint64_t rows = 0;            ///< stored
    std::uint64_t values = 0;          ///< stored; absent cells not counted
    std::uint64_t repeatedRows = 0;    ///< left out: stored before
    std::uint64_t overCardinality = 0; ///< rows left out: too many instances
    std::uint64_t unknownFamilies = 0; ///< frames left out: the catalogue does not have them
    std::uint64_t refused = 0;         ///< batches refused for what is in them
    std::uint64_t busy = 0;            ///< batches turned away because the queue was full
    std::uint64_t failed = 0;          ///< batches that the store could not take
    std::uint64_t groups = 0;          ///< commits
    std::size_t queuedBatches = 0;     ///< now
    std::size_t queuedBytes = 0;       ///< now
};

/// The way of a batch from the HTTP worker into the store. submit() checks and queues; one thread takes what waits as a
/// group, stores it in one durable transaction, moves the overview forward, answers each sender and hands the frames on
/// to whoever watches. While a group is being committed the next one gathers by itself: an idle server answers at once,
/// a busy one writes large groups.
///
/// Owned by main. submit() may be called on any thread and never blocks on the disk. `done` runs on ingest's thread
/// exactly once for each batch that submit() took, success meaning durably stored (or stored before); it must be short
/// and must not call back into Ingest. Errors of `done`: Busy or Io: nothing was stored, send it again later; anything
/// else: this batch will never be stored, the others of its group were.
class Ingest {
public:
    using Done = std::function<void(Result<void>)>;

    /// Gets the frames of each batch once they are committed and answered; runs on ingest's thread.
    using Committed = std::function<void(HostId, std::vector<metrics::Frame>)>;

    Ingest(Store& store, Overview& overview, logging::Log& log, Clock clock, Committed committed,
        IngestLimits limits = {});
    ~Ingest();
    Ingest(const Ingest&) = delete;
    Ingest& operator=(const Ingest&) = delete;

    void start();
    /// Takes no more, stores and answers what waits, ends the thread.
    void stop();

    /// Queues a batch. Errors (then `done` is never called): Busy: the queue is full; Invalid: a frame with an
    /// impossible time, named by its position and field; Unreachable: stopped.
    [[nodiscard]] Result<void> submit(HostId host, metrics::DecodedBatch batch, Done done);

    [[nodiscard]] IngestCounts counts() const;

private:
    struct Waiting {
        HostId host;
        metrics::Batch batch;
        Done done;
        std::size_t bytes = 0;
        std::size_t values = 0;
    };

    void run();
    [[nodiscard]] std::vector<Waiting> takeGroup();
    void store(std::vector<Waiting>& group);
    void storeEach(std::vector<Waiting>& group);
    void answer(std::vector<Waiting>& group, const Result<std::vector<BatchOutcome>>& outcomes,
        const std::vector<StoredHostState>& states);
    void count(const std::vector<Waiting>& group, const Result<std::vector<BatchOutcome>>& outcomes);
    [[nodiscard]] Result<void> checkTimes(const metrics::Batch& batch) const;

    Store& m_store;
    Overview& m_overview;
    logging::Log& m_log;
    Clock m_clock;
    Committed m_committed;
    IngestLimits m_limits;
    std::unique_ptr<StateTracker> m_tracker; ///< used by ingest's thread alone

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Waiting> m_queue;
    IngestCounts m_counts;
    bool m_stopping = true; ///< until start()
    std::thread m_thread;
};

} // namespace sextant::server

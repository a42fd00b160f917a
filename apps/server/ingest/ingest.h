// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/codec.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/ingest/admission.h"
#include "server/storage/clock.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sextant::logging {
class Log;
}

namespace sextant::server {

class GapLedger;
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
    AdmissionLimits admission{};
    std::chrono::milliseconds answerWithin{10'000}; ///< a batch that waited longer is Busy: its sender keeps it
};

/// Who made a batch. That a program wrote into a host says nothing about how the host is, nor which of its agent's
/// samples came.
enum class Sender : std::uint8_t { Agent, Program };

/// What became of a batch that was taken.
struct StoredBatch {
    std::size_t rows = 0;       ///< stored now or before
    metrics::Refusals refusals; ///< left out, and why
};

/// The frames of a batch that was committed. Replayed ones came late: they are history and say nothing about now, so
/// that nobody is alarmed by them.
struct CommittedFrames {
    std::vector<metrics::Frame> current;
    std::vector<metrics::Frame> replayed;
};

/// The frames of a batch that is in the store, now or from before.
struct StoredFrames {
    HostId host;
    std::span<const metrics::Frame> current;
    std::span<const metrics::Frame> replayed;
};

/// Counts since start, for /metrics.
struct IngestCounts {
    std::uint64_t batches = 0;         ///< stored
    std::uint64_t duplicates = 0;      ///< acknowledged again
    std::uint64_t rows = 0;            ///< stored
    std::uint64_t values = 0;          ///< stored; absent cells not counted
    std::uint64_t repeatedRows = 0;    ///< left out: stored before
    std::uint64_t replayedFrames = 0;  ///< stored frames that were late when they came
    std::uint64_t unknownFamilies = 0; ///< frames left out: the catalogue does not have them
    std::uint64_t refusedTags = 0;     ///< left out, of every batch that came with them
    std::array<std::uint64_t, metrics::kRefusalReasons> refusedRows{}; ///< by metrics::RefusalReason
    std::uint64_t busy = 0;        ///< batches turned away: the queue was full, or the store too slow
    std::uint64_t failed = 0;      ///< batches that the store could not take
    std::uint64_t groups = 0;      ///< commits
    std::size_t queuedBatches = 0; ///< now
    std::size_t queuedBytes = 0;   ///< now
};

/// The way of a batch from the HTTP worker into the store. submit() checks and queues; one thread takes what waits as a
/// group, stores it in one durable transaction, moves the overview forward, answers each sender and hands the frames on
/// to whoever watches. While a group is being committed the next one gathers by itself: an idle server answers at once,
/// a busy one writes large groups.
///
/// Owned by main. submit() may be called on any thread and never blocks on the disk. `done` runs exactly once for each
/// batch that submit() took, on ingest's thread or the one that calls answerOverdue(); success means durably stored (or
/// stored before) but for what its refusals name. It must be short and must not call back into Ingest. Errors of
/// `done`: Busy, Io or Unreachable: nothing was stored, send it again later; anything else: this batch will never be
/// stored, the others of its group were.
///
/// Nobody waits for minutes: while the store does not come back from a group for `answerWithin`, and while it cannot be
/// reached, submit() says so at once and answerOverdue() answers those who wait.
class Ingest {
public:
    using Done = std::function<void(Result<StoredBatch>)>;

    /// Gets the frames of each batch once they are committed and answered; runs on ingest's thread.
    using Committed = std::function<void(HostId, CommittedFrames)>;

    /// Gets the frames of a group after its commit and before its senders are told, so that what it does of them is
    /// done when they are; again when a batch comes again. Runs on ingest's thread and holds it up.
    using Stored = std::function<void(std::span<const StoredFrames>)>;

    Ingest(Store& store, Overview& overview, GapLedger& ledger, logging::Log& log, Clock clock, Committed committed,
        IngestLimits limits = {});
    ~Ingest();
    Ingest(const Ingest&) = delete;
    Ingest& operator=(const Ingest&) = delete;

    /// Before start().
    void setStored(Stored stored) { m_stored = std::move(stored); }
    void start();
    /// Takes no more, stores and answers what waits, ends the thread.
    void stop();

    /// Queues a batch; what of it cannot be stored is left out (metrics::Refusals). `sentMs`: when it was sent, by the
    /// host's clock. Errors (then `done` is never called): Busy: the queue is full or the store is stuck; Unreachable:
    /// stopped.
    [[nodiscard]] Result<void> submit(HostId host, metrics::DecodedBatch batch, Done done,
        std::optional<std::int64_t> sentMs = std::nullopt, Sender sender = Sender::Agent);

    /// Answers Busy to those that wait too long. Called about once a second, on any thread.
    void answerOverdue();

    /// Why nothing is being stored now: what the last group failed with, or that the store does not come back from one.
    /// Nothing while all is well.
    [[nodiscard]] std::optional<Error> trouble() const;

    [[nodiscard]] IngestCounts counts() const;
    /// Rows left out since the start because their host has too many instances; hosts without any are not in it.
    [[nodiscard]] std::unordered_map<HostId, std::uint64_t> overCardinality() const;

private:
    using Steady = std::chrono::steady_clock;
    struct Waiting {
        HostId host;
        Admitted admitted;
        std::optional<std::int64_t> sentMs;
        Sender sender;
        Done done;
        Steady::time_point since;
    };

    void run();
    [[nodiscard]] std::vector<Waiting> takeGroup();
    void store(std::vector<Waiting>& group);
    void storeEach(std::vector<Waiting>& group);
    void answer(std::vector<Waiting>& group, const Result<std::vector<BatchOutcome>>& outcomes,
        const std::vector<StoredHostState>& states);
    void count(const std::vector<Waiting>& group, const Result<std::vector<BatchOutcome>>& outcomes);
    void tellStored(const std::vector<Waiting>& group) const;
    void noteOverCardinality(Waiting& waiting, const BatchOutcome& outcome);
    void handOn(Waiting& stored);
    [[nodiscard]] bool isStuck(Steady::time_point now) const;

    Store& m_store;
    Overview& m_overview;
    GapLedger& m_ledger;
    logging::Log& m_log;
    Clock m_clock;
    Committed m_committed;
    Stored m_stored; ///< may be empty
    IngestLimits m_limits;
    std::unique_ptr<StateTracker> m_tracker; ///< used by ingest's thread alone

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Waiting> m_queue;
    IngestCounts m_counts;
    std::unordered_map<HostId, std::uint64_t> m_overCardinality; ///< rows
    std::optional<Error> m_trouble;                              ///< what the last group failed with
    std::optional<Steady::time_point> m_storeSince;              ///< since when the store has the group under way
    bool m_stopping = true;                                      ///< until start()
    std::thread m_thread;
};

} // namespace sextant::server

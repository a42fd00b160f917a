// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/batch.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/ingest/admission.h"
#include "server/storage/clock.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sextant::logging {
class Log;
}

namespace sextant::server {

class Snapshots;

/// Counts since start, for /metrics.
struct DocumentCounts {
    std::uint64_t stored = 0;
    std::uint64_t repeated = 0; ///< of a time that there is one of already, as when a batch comes again
    std::uint64_t refused = 0;  ///< left out for good
    std::size_t waiting = 0;    ///< batches, now
};

/// The way of a batch's documents into the snapshots: a bounded queue and a thread that packs and stores them, so that
/// neither the HTTP threads nor the database's writer wait for the packing.
///
/// A document that can never be stored (its kind is no word, it is no JSON, its time cannot be or is not kept any more)
/// is left out, logged and counted. Owned by main. Any thread may call; `done` runs once for each submit() that was
/// taken, on the thread of this or that of answerOverdue(). Its errors are Busy, Io and Unreachable: send all of it
/// again, what was stored is not stored twice.
class Documents {
public:
    using Done = std::function<void(Result<void>)>;

    static constexpr std::size_t kQueueBytes = std::size_t{64} << 20;
    static constexpr std::chrono::milliseconds kAnswerWithin{10'000};

    Documents(Snapshots& snapshots, logging::Log& log, Clock clock, AdmissionLimits limits);
    ~Documents() { stop(); }
    Documents(const Documents&) = delete;
    Documents& operator=(const Documents&) = delete;

    void start();
    /// Takes no more, stores and answers what waits, ends the thread.
    void stop();

    /// `bytes`: memory of all that waits for `done`. Busy: more than kQueueBytes would wait; Unreachable: stopped.
    [[nodiscard]] Result<void> submit(
        HostId host, std::vector<metrics::Document> documents, std::size_t bytes, Done done);

    /// Answers Busy to those that wait too long. Called about once a second.
    void answerOverdue();

    [[nodiscard]] DocumentCounts counts() const;

private:
    using Steady = std::chrono::steady_clock;
    struct Waiting {
        HostId host;
        std::vector<metrics::Document> documents;
        std::size_t bytes;
        Done done;
        Steady::time_point since;
    };

    void run();
    [[nodiscard]] Result<void> store(const Waiting& waiting);
    [[nodiscard]] const char* faultOf(const metrics::Document& document) const;
    [[nodiscard]] Waiting takeFront();

    Snapshots& m_snapshots;
    logging::Log& m_log;
    Clock m_clock;
    AdmissionLimits m_limits;

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Waiting> m_queue;
    std::size_t m_queuedBytes = 0;
    DocumentCounts m_counts;
    bool m_stopping = true; ///< until start()
    std::thread m_thread;
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/clock.h"
#include "server/storage/upkeep.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace sextant::server {

/// Keeps the store small while the server runs: every so often seals the hours that ended ten minutes ago or earlier
/// (those that rows come late for when none came for five rounds, or after an hour of rounds), removes what is older
/// than it may be, evicts the oldest when the database is larger than it may be and forgets old batch ids, on a thread
/// of its own and in short steps. Owned by main; the store outlives it. A step that fails is told to `failed` and tried
/// again the next time.
class Maintenance {
public:
    struct Options {
        Retention retention;
        std::int64_t maxBytes = 0;                                 ///< of the database in use; 0: no limit
        std::chrono::milliseconds every = std::chrono::minutes(1); ///< from one round to the next
        std::int64_t snapshotsKeptMs = 30 * Retention::kDayMs;
        /// Removes some of the snapshots that are older than that time (Snapshots::expire()); empty: there are none.
        /// What is evicted takes the snapshots of its time along.
        std::function<Result<std::size_t>(std::int64_t beforeMs)> removeSnapshots{};
    };
    /// What it tells, on its thread.
    struct Told {
        std::function<void(const std::string& what, const Error& error)> failed;
        std::function<void(const Evicted& evicted)> evicted; ///< once per eviction and tier, of all that it removed
    };
    /// What it did since the start.
    struct Counts {
        std::int64_t lastSealMs = 0; ///< when an hour was sealed last; 0: none was
        std::uint64_t sealFailures = 0;
    };

    Maintenance(Upkeep& store, Clock clock, Options options, Told told);
    ~Maintenance() { stop(); }
    Maintenance(const Maintenance&) = delete;
    Maintenance& operator=(const Maintenance&) = delete;

    void start();
    /// Ends the thread after the step that it is in.
    void stop();
    /// One round, on this thread, when the other was not started.
    void runOnce();
    /// Any thread.
    [[nodiscard]] Counts counts() const { return {m_lastSealMs, m_sealFailures}; }

private:
    void run();
    [[nodiscard]] bool isStopping();
    void fail(const std::string& what, const Error& error);
    [[nodiscard]] bool sealSome(); ///< whether there may be more
    void repeat(const char* what, const std::function<Result<std::size_t>()>& step);
    void removeSnapshots(std::int64_t beforeMs);
    void remove();
    void evict();

    Upkeep& m_store;
    Clock m_clock;
    Options m_options;
    Told m_told;
    bool m_hasFailed = false; ///< something did in this round
    bool m_toldFull = false;  ///< that nothing more can go was told, and still holds
    std::atomic<std::int64_t> m_lastSealMs = 0;
    std::atomic<std::uint64_t> m_sealFailures = 0;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace sextant::server

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/clock.h"
#include "server/storage/upkeep.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace sextant::server {

/// Keeps the store small while the server runs: every so often seals the hours that ended ten minutes ago or earlier,
/// removes what is older than it may be and forgets old batch ids, on a thread of its own and in short steps. Owned by
/// main; the store outlives it. A step that fails is told to `failed` and tried again the next time.
class Maintenance {
public:
    using Failed = std::function<void(const std::string& what, const Error& error)>;

    Maintenance(Upkeep& store, Clock clock, std::chrono::milliseconds every, Failed failed);
    ~Maintenance() { stop(); }
    Maintenance(const Maintenance&) = delete;
    Maintenance& operator=(const Maintenance&) = delete;

    void start();
    /// Ends the thread after the step that it is in.
    void stop();

private:
    void run();
    [[nodiscard]] bool isStopping();
    void seal();
    void remove();

    Upkeep& m_store;
    Clock m_clock;
    std::chrono::milliseconds m_every;
    Failed m_failed;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace sextant::server

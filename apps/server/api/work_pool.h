// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sextant::server {

/// A few threads for work that would hold up the HTTP threads (password hashes, queries, writes that wait for their
/// commit), with a bounded queue: what does not fit is refused at once, so a flood of one kind of request stays in its
/// pool. Owned by main. post() may be called from any thread.
class WorkPool {
public:
    WorkPool(int threads, std::size_t maxWaiting);
    /// Finishes what waits.
    ~WorkPool();
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    /// False when the queue is full or the pool was stopped; the job is then never run.
    [[nodiscard]] bool post(std::function<void()> job);
    /// Finishes what waits and ends the threads.
    void stop();
    [[nodiscard]] std::size_t waiting() const;

private:
    void run();

    const std::size_t m_maxWaiting;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_jobs;
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

} // namespace sextant::server

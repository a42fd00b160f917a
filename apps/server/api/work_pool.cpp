// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/work_pool.h"

#include <utility>

namespace sextant::server {

WorkPool::WorkPool(int threads, std::size_t maxWaiting) : m_maxWaiting(maxWaiting)
{
    for (int i = 0; i < threads; ++i)
        m_threads.emplace_back([this] { run(); });
}

WorkPool::~WorkPool()
{
    stop();
}

bool WorkPool::post(std::function<void()> job)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (m_stopping || m_jobs.size() >= m_maxWaiting)
            return false;
        m_jobs.push_back(std::move(job));
    }
    m_wake.notify_one();
    return true;
}

void WorkPool::stop()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    for (std::thread& thread : m_threads) {
        if (thread.joinable())
            thread.join();
    }
}

std::size_t WorkPool::waiting() const
{
    const std::scoped_lock lock(m_mutex);
    return m_jobs.size();
}

void WorkPool::run()
{
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_stopping || !m_jobs.empty(); });
            if (m_jobs.empty())
                return;
            job = std::move(m_jobs.front());
            m_jobs.pop_front();
        }
        job();
    }
}

} // namespace sextant::server

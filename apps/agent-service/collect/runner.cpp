// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/collect/runner.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sextant::agent {

using std::chrono::steady_clock;

/// One run of one collector. Guarded by Shared::mutex, but for `collector` and `tick`, which do not change.
struct Runner::Job {
    std::size_t index = 0;
    std::shared_ptr<Collector> collector;
    Tick tick;
    std::optional<steady_clock::time_point> started;
    bool patienceOver = false; ///< another thread was started beside it
    bool abandoned = false;    ///< reported as timed out: nobody waits for its result
};

/// What the threads and the event loop share. Outlives the runner when a thread is stuck.
struct Runner::Shared {
    std::mutex mutex;
    std::condition_variable more;
    std::deque<std::shared_ptr<Job>> waiting;
    std::vector<std::shared_ptr<Job>> running;
    std::vector<Outcome> finished;
    std::size_t threads = 0; ///< that have not ended
    std::size_t workers = 0; ///< threads that nothing holds up; written by the event loop only
    bool stopping = false;
    Runner* runner = nullptr; ///< null once it is gone
};

Runner::Runner(std::vector<std::shared_ptr<Collector>> collectors, std::chrono::milliseconds deadline,
    OnOutcome onOutcome, QObject* parent)
    : QObject(parent),
      m_collectors(std::move(collectors)),
      m_deadline(deadline),
      m_onOutcome(std::move(onOutcome)),
      m_shared(std::make_shared<Shared>())
{
    m_shared->runner = this;
    m_watchdog.setTimerType(Qt::PreciseTimer);
    m_watchdog.setInterval(std::min(kPatience, std::max(deadline / 4, std::chrono::milliseconds(5))));
    connect(&m_watchdog, &QTimer::timeout, this, &Runner::watch);
}

Runner::~Runner()
{
    std::unique_lock lock(m_shared->mutex);
    m_shared->stopping = true;
    m_shared->runner = nullptr;
    m_shared->waiting.clear();
    m_shared->more.notify_all();
    // Those that wait for work end at once; those in a collector are left to it.
    m_shared->more.wait(lock, [this] { return m_shared->threads <= m_shared->running.size(); });
}

void Runner::run(const Tick& tick)
{
    std::vector<Outcome> stuck;
    {
        const std::scoped_lock lock(m_shared->mutex);
        for (std::size_t index = 0; index < m_collectors.size(); ++index) {
            const auto isOfIt = [index](const std::shared_ptr<Job>& job) { return job->index == index; };
            if (std::ranges::any_of(m_shared->running, isOfIt) || std::ranges::any_of(m_shared->waiting, isOfIt)) {
                stuck.push_back(
                    {index, tick.timeMs, Outcome::End::Stuck, {}, {}, "its last run has not come back yet"});
                continue;
            }
            m_shared->waiting.push_back(std::make_shared<Job>(Job{index, m_collectors[index], tick, {}, false, false}));
            ++m_pending;
        }
    }
    if (m_shared->workers == 0)
        startThread();
    m_shared->more.notify_one();
    m_watchdog.start();
    for (Outcome& outcome : stuck)
        m_onOutcome(std::move(outcome));
}

void Runner::startThread()
{
    const std::scoped_lock lock(m_shared->mutex);
    ++m_shared->workers;
    ++m_shared->threads;
    std::thread([shared = m_shared] { work(shared); }).detach();
}

void Runner::work(const std::shared_ptr<Shared>& shared)
{
    std::unique_lock lock(shared->mutex);
    bool surplus = false; // another thread took over while this one was held up
    while (!surplus) {
        shared->more.wait(lock, [&] { return shared->stopping || !shared->waiting.empty(); });
        if (shared->stopping)
            break;
        const std::shared_ptr<Job> job = std::move(shared->waiting.front());
        shared->waiting.pop_front();
        job->started = steady_clock::now();
        shared->running.push_back(job);
        lock.unlock();
        Outcome outcome = runJob(*job);
        lock.lock();
        std::erase(shared->running, job);
        surplus = job->patienceOver;
        if (job->abandoned)
            continue;
        shared->finished.push_back(std::move(outcome));
        // The event loop is woken once per tick, not once per collector; the watchdog sees to those that come late.
        if (shared->runner && (surplus || shared->waiting.empty()))
            QMetaObject::invokeMethod(shared->runner, &Runner::takeFinished, Qt::QueuedConnection);
    }
    --shared->threads;
    shared->more.notify_all();
}

Outcome Runner::runJob(const Job& job)
{
    Result<Collected> result = job.collector->collect(job.tick);
    const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - *job.started);
    Outcome outcome{job.index, job.tick.timeMs, Outcome::End::Done, duration, {}, {}};
    if (result) {
        outcome.collected = std::move(*result);
    } else if (result.error().code != ErrorCode::NotAvailable) {
        outcome.end = Outcome::End::Failed;
        outcome.error = std::move(result.error().message);
    }
    return outcome;
}

void Runner::takeFinished()
{
    std::vector<Outcome> finished;
    {
        const std::scoped_lock lock(m_shared->mutex);
        finished.swap(m_shared->finished);
    }
    for (Outcome& outcome : finished)
        report(std::move(outcome));
}

void Runner::watch()
{
    takeFinished();
    std::vector<Outcome> late;
    bool needsThread = false;
    {
        const std::scoped_lock lock(m_shared->mutex);
        const auto now = steady_clock::now();
        for (const std::shared_ptr<Job>& job : m_shared->running) {
            const auto age = std::chrono::duration_cast<std::chrono::microseconds>(now - *job->started);
            if (age >= kPatience && !job->patienceOver) {
                job->patienceOver = true;
                --m_shared->workers;
            }
            if (age >= m_deadline && !job->abandoned) {
                job->abandoned = true;
                late.push_back({job->index, job->tick.timeMs, Outcome::End::TimedOut, age, {}, "passed its deadline"});
            }
        }
        needsThread = m_shared->workers == 0 && !m_shared->waiting.empty();
    }
    if (needsThread)
        startThread();
    for (Outcome& outcome : late)
        report(std::move(outcome));
}

void Runner::report(Outcome outcome)
{
    if (--m_pending == 0)
        m_watchdog.stop();
    m_onOutcome(std::move(outcome));
}

} // namespace sextant::agent

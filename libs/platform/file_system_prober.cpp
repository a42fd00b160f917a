// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/file_system_prober.h"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

namespace sextant::platform {
namespace {

using Clock = std::chrono::steady_clock;

/// The paths of one ask() and what came back. `next` is the first that no worker took.
struct Round {
    std::vector<std::string> paths;
    std::vector<FileSystemProber::Answer> answers;
    std::size_t next = 0;
    std::size_t answered = 0;

    [[nodiscard]] bool allTaken() const { return next == paths.size(); }
};

/// One thread. `path` is set while it is in a call.
struct Worker {
    std::string path;
    Clock::time_point since;
    bool busy = false;
    bool stuck = false;
};

} // namespace

/// All of it is guarded by `mutex`. Workers hold it by shared pointer, so it lives until the last stuck call returns.
struct FileSystemProber::Shared {
    FileSystemProbe probe;
    std::size_t maxStuck = 0;
    std::mutex mutex;
    std::condition_variable wake;     // workers wait: there is work, or an end
    std::condition_variable progress; // the caller waits: an answer came, or a thread ended
    std::shared_ptr<Round> round;
    std::list<Worker> workers;
    std::set<std::string> stuckPaths;
    bool stopping = false;

    [[nodiscard]] std::size_t stuckCount() const
    {
        return static_cast<std::size_t>(std::ranges::count_if(workers, &Worker::stuck));
    }
    [[nodiscard]] bool hasWork() const { return round && !round->allTaken(); }

    static void run(const std::shared_ptr<Shared>& shared, std::list<Worker>::iterator self);
    static bool start(const std::shared_ptr<Shared>& shared);
    void addWorkersFor(Clock::time_point now, Clock::duration patience, const std::shared_ptr<Shared>& shared);
    void abandonBusyWorkers();
};

/// The life of a worker. Ends when its call returns after the deadline, when another worker is idle already, or at the
/// end.
void FileSystemProber::Shared::run(const std::shared_ptr<Shared>& shared, std::list<Worker>::iterator self)
{
    std::unique_lock lock(shared->mutex);
    while (!shared->stopping) {
        if (!shared->hasWork()) {
            const bool anotherIdles = std::ranges::any_of(
                shared->workers, [&self](const Worker& worker) { return &worker != &*self && !worker.busy; });
            if (anotherIdles)
                break;
            shared->wake.wait(lock);
            continue;
        }
        const std::shared_ptr<Round> round = shared->round;
        const std::size_t index = round->next++;
        self->path = round->paths[index];
        self->since = Clock::now();
        self->busy = true;
        lock.unlock();
        Result<FileSystemSpace> answer = shared->probe(round->paths[index]);
        lock.lock();
        self->busy = false;
        if (self->stuck) {
            shared->stuckPaths.erase(self->path);
            break;
        }
        round->answers[index] = std::move(answer);
        ++round->answered;
        shared->progress.notify_all();
    }
    shared->workers.erase(self);
    shared->progress.notify_all();
}

/// Starts one worker; false when the system gives no thread.
bool FileSystemProber::Shared::start(const std::shared_ptr<Shared>& shared)
{
    shared->workers.emplace_back();
    const auto self = std::prev(shared->workers.end());
    try {
        std::thread([shared, self] { run(shared, self); }).detach();
    } catch (const std::system_error&) {
        shared->workers.erase(self);
        return false;
    }
    return true;
}

/// Sees to it that somebody works on what is left: a worker that has been in its call for longer than `patience` does
/// not count, but it will be stuck at the deadline, so it counts towards the cap.
void FileSystemProber::Shared::addWorkersFor(
    Clock::time_point now, Clock::duration patience, const std::shared_ptr<Shared>& shared)
{
    if (!hasWork())
        return;
    const auto isSlow = [&](const Worker& worker) {
        return worker.stuck || (worker.busy && now - worker.since > patience);
    };
    const auto slow = static_cast<std::size_t>(std::ranges::count_if(workers, isSlow));
    if (slow == workers.size() && slow < maxStuck)
        static_cast<void>(start(shared)); // without a thread the mounts stay unanswered, which is what is then reported
}

void FileSystemProber::Shared::abandonBusyWorkers()
{
    for (Worker& worker : workers) {
        if (worker.busy && !worker.stuck) {
            worker.stuck = true;
            stuckPaths.insert(worker.path);
        }
    }
}

FileSystemProber::FileSystemProber(
    FileSystemProbe probe, std::chrono::milliseconds deadline, std::size_t maxStuckThreads)
    : m_shared(std::make_shared<Shared>()), m_deadline(deadline)
{
    m_shared->probe = std::move(probe);
    m_shared->maxStuck = std::max<std::size_t>(1, maxStuckThreads);
}

FileSystemProber::~FileSystemProber()
{
    std::unique_lock lock(m_shared->mutex);
    m_shared->stopping = true;
    m_shared->wake.notify_all();
    m_shared->progress.wait(lock, [this] { return m_shared->stuckCount() == m_shared->workers.size(); });
}

std::vector<FileSystemProber::Answer> FileSystemProber::ask(const std::vector<std::string>& paths)
{
    std::vector<Answer> answers(paths.size());
    std::vector<std::size_t> asked; // places in `paths` of the round's paths
    const auto round = std::make_shared<Round>();

    std::unique_lock lock(m_shared->mutex);
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (m_shared->stuckPaths.contains(paths[i]))
            continue;
        asked.push_back(i);
        round->paths.push_back(paths[i]);
    }
    if (asked.empty())
        return answers;
    round->answers.resize(asked.size());
    m_shared->round = round;
    m_shared->wake.notify_one();

    const Clock::time_point end = Clock::now() + m_deadline;
    const Clock::duration patience = m_deadline / 8;
    while (round->answered < asked.size()) {
        const Clock::time_point now = Clock::now();
        if (now >= end)
            break;
        m_shared->addWorkersFor(now, patience, m_shared);
        m_shared->progress.wait_until(
            lock, round->allTaken() ? end : std::min(end, now + patience + std::chrono::milliseconds(1)));
    }
    m_shared->round.reset();
    m_shared->abandonBusyWorkers();
    for (std::size_t i = 0; i < asked.size(); ++i)
        answers[asked[i]] = std::move(round->answers[i]);
    return answers;
}

std::size_t FileSystemProber::stuckThreads() const
{
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->stuckCount();
}

DisksReading probed(std::vector<FileSystem> fileSystems, const DisksOptions& options, FileSystemProber& prober)
{
    std::erase_if(fileSystems, [&options](const FileSystem& fileSystem) {
        return (fileSystem.kind == FileSystemKind::Memory && !options.includeMemory) ||
               (fileSystem.kind == FileSystemKind::Image && !options.includeImages);
    });
    std::vector<std::string> paths;
    for (const FileSystem& fileSystem : fileSystems)
        paths.push_back(fileSystem.mountPoint);

    DisksReading reading;
    const auto answers = prober.ask(paths);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        FileSystem& fileSystem = fileSystems[i];
        fileSystem.responding = answers[i].has_value();
        if (answers[i] && *answers[i])
            fileSystem.space = **answers[i];
        else if (answers[i] && answers[i]->error().code == ErrorCode::NotAvailable)
            continue; // nothing of its own to report
        else if (answers[i])
            reading.warnings.push_back(answers[i]->error().message);
        reading.fileSystems.push_back(std::move(fileSystem));
    }
    return reading;
}

} // namespace sextant::platform

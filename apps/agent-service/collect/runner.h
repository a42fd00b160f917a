// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace sextant::agent {

/// How one run of one collector ended.
struct Outcome {
    enum class End {
        Done,     ///< gave all it could
        Failed,   ///< gave nothing: `error`
        TimedOut, ///< passed its deadline; what it may still give is thrown away
        Stuck,    ///< not started, because an earlier run has not come back yet
    };

    std::size_t collector = 0; ///< its place in the list that the runner was made with
    std::int64_t tickMs = 0;
    End end = End::Done;
    std::chrono::microseconds duration{0};
    Collected collected;
    std::string error;
};

/// Runs the collectors of a tick, each with a deadline, so that none can hold up another. Normally one thread runs them
/// one after the other, which is cheapest. A watchdog on the event loop looks after it: when a collector has not come
/// back after `kPatience`, another thread goes on with the rest; when it passes its deadline it is reported as timed
/// out, its result is thrown away whenever it comes, and it is not started again before that. So there is never more
/// than one thread per stuck collector beside the one that works, and a surplus thread ends by itself. Lives on the
/// thread of its event loop, on which `onOutcome` is called: exactly once per collector and tick. The destructor does
/// not wait for stuck threads: they keep alive what they need and end when their call returns.
class Runner : public QObject {
    Q_OBJECT
public:
    using OnOutcome = std::function<void(Outcome)>;

    static constexpr std::chrono::milliseconds kPatience{100};

    Runner(std::vector<std::shared_ptr<Collector>> collectors, std::chrono::milliseconds deadline, OnOutcome onOutcome,
        QObject* parent = nullptr);
    ~Runner() override;

    /// Starts a run of every collector that is not stuck.
    void run(const Tick& tick);

    /// Runs that have not ended (stuck ones were reported and do not count).
    [[nodiscard]] std::size_t pending() const { return m_pending; }
    [[nodiscard]] const std::vector<std::shared_ptr<Collector>>& collectors() const { return m_collectors; }

private:
    struct Job;
    struct Shared;

    static void work(const std::shared_ptr<Shared>& shared);
    [[nodiscard]] static Outcome runJob(const Job& job);
    void takeFinished();
    void watch();
    void report(Outcome outcome);
    void startThread();

    std::vector<std::shared_ptr<Collector>> m_collectors;
    std::chrono::milliseconds m_deadline;
    OnOutcome m_onOutcome;
    QTimer m_watchdog;
    std::shared_ptr<Shared> m_shared;
    std::size_t m_pending = 0;
};

} // namespace sextant::agent

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "platform/parse/worker_message.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace sextant::platform {

/// Asks a child process what might never be answered, and ends it when no answer comes in time: WMI and the COM servers
/// of Windows stall for minutes in the field, and a thread in them cannot be ended. The child is started with the first
/// question, is `PROGRAM worker`, runs in a job that ends with this process, however that ends, and may not use more
/// than 512 MiB. After a failure the next is started after a minute, and twice as long after each failure that follows,
/// up to an hour. One thread at a time; what two ask at once, they ask two workers. Only Windows has what is asked so:
/// elsewhere nothing is available.
class Worker {
public:
    /// `program`: a path; empty: there is none, and nothing is available.
    explicit Worker(std::string program, std::chrono::milliseconds firstPause = std::chrono::minutes(1));
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// The answer to a question: its rows or its own error. TimedOut, Io or Malformed when the worker failed, with a
    /// sentence that says how long it pauses; Busy during the pause.
    [[nodiscard]] Result<WorkerRows> ask(const WorkerRow& question, std::chrono::milliseconds deadline);

    /// Ends the child until the next question.
    void rest();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// What a worker answers, by verb; it gets the question without the verb.
using WorkerVerb = std::function<Result<WorkerRows>(std::span<const std::optional<std::string>> arguments)>;
using WorkerVerbs = std::map<std::string, WorkerVerb, std::less<>>;

/// All that this system's readers ask: "wmi", namespace, class with its condition, columns…: the columns of each
/// object, numbers in decimal. NotAvailable for an unknown class or namespace, refused access and no objects.
/// "events", log, number: its newest errors. "updates": what Windows Update has not installed.
[[nodiscard]] WorkerVerbs workerVerbs();

/// This program's path, for Roots::worker of a program that knows the command `worker`; empty where there are no
/// workers.
[[nodiscard]] std::string ownProgram();

/// The life of the child: answers questions on standard input until that ends. Returns the process's exit code.
[[nodiscard]] int serveQuestions(const WorkerVerbs& verbs);

} // namespace sextant::platform

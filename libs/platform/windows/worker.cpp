// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/worker.h"

#include "platform/windows/event_query.h"
#include "platform/windows/handle.h"
#include "platform/windows/update_search.h"
#include "platform/windows/wide.h"
#include "platform/windows/wmi.h"
#include "platform/windows/worker_process.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sextant::platform {

using std::chrono::steady_clock;

struct Worker::State {
    [[nodiscard]] Result<std::string> exchange(const std::string& message, steady_clock::time_point end);
    [[nodiscard]] tl::unexpected<Error> failed(const Error& error);

    std::string program;
    std::chrono::milliseconds firstPause{};
    std::chrono::milliseconds pause{}; ///< after the last failure; 0 when it answered since
    steady_clock::time_point notBefore{};
    std::unique_ptr<WorkerProcess> process;
};

Result<std::string> Worker::State::exchange(const std::string& message, steady_clock::time_point end)
{
    if (!process) {
        auto started = WorkerProcess::start(program);
        if (!started)
            return tl::unexpected(started.error());
        process = std::move(*started);
    }
    return process->write(parse::packSize(message.size()) + message, end)
        .and_then([&] { return process->read(parse::packSize(0).size(), end); })
        .and_then([](const std::string& bytes) { return parse::parseSize(bytes); })
        .and_then([&](std::size_t size) { return process->read(size, end); });
}

tl::unexpected<Error> Worker::State::failed(const Error& error)
{
    using std::chrono::milliseconds;
    constexpr milliseconds kLongestPause = std::chrono::hours(1);
    process.reset();
    pause = pause == milliseconds(0) ? firstPause : std::min(2 * pause, kLongestPause);
    notBefore = steady_clock::now() + pause;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(pause);
    return fail(error.code, error.message + ": not asked again for " + std::to_string(seconds.count()) + " s");
}

Worker::Worker(std::string program, std::chrono::milliseconds firstPause) : m_state(std::make_unique<State>())
{
    m_state->program = std::move(program);
    m_state->firstPause = firstPause;
}

Worker::~Worker() = default;

Result<WorkerRows> Worker::ask(const WorkerRow& question, std::chrono::milliseconds deadline)
{
    if (m_state->program.empty())
        return fail(ErrorCode::NotAvailable, "this program has no worker that could be asked");
    const auto now = steady_clock::now();
    if (now < m_state->notBefore)
        return fail(ErrorCode::Busy, "the worker pauses after it failed");
    const auto message = m_state->exchange(parse::packRows({question}), now + deadline);
    if (!message)
        return m_state->failed(message.error());
    Result<WorkerRows> answer = parse::parseAnswer(*message);
    if (!answer && answer.error().code == ErrorCode::Malformed)
        return m_state->failed(answer.error());
    m_state->pause = {};
    return answer;
}

void Worker::rest()
{
    m_state->process.reset();
}

WorkerVerbs workerVerbs()
{
    return {{"events", queryEvents}, {"updates", searchUpdates}, {"wmi", queryWmi}};
}

std::string ownProgram()
{
    constexpr std::size_t kPathRoom = 32'768; // the longest path
    std::wstring path(kPathRoom, L'\0');
    path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return toUtf8(path);
}

namespace {

/// Exactly `size` bytes; nothing at the end of the input.
std::optional<std::string> readInput(HANDLE input, std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t done = 0; done < size;) {
        DWORD now = 0;
        if (::ReadFile(input, bytes.data() + done, static_cast<DWORD>(size - done), &now, nullptr) == 0 || now == 0)
            return std::nullopt;
        done += now;
    }
    return bytes;
}

Result<WorkerRows> answerTo(const WorkerRow& question, const WorkerVerbs& verbs)
{
    const auto verb = question.empty() || !question[0] ? verbs.end() : verbs.find(*question[0]);
    if (verb == verbs.end())
        return fail(ErrorCode::Invalid, "the worker does not know what it is asked");
    return verb->second(std::span(question).subspan(1));
}

} // namespace

int serveQuestions(const WorkerVerbs& verbs)
{
    // Standard input is the pipe, both ways: what some library prints cannot get among the answers.
    const HANDLE pipe = ::GetStdHandle(STD_INPUT_HANDLE);
    while (const auto bytes = readInput(pipe, parse::packSize(0).size())) {
        const auto size = parse::parseSize(*bytes);
        const auto message = size ? readInput(pipe, *size) : std::nullopt;
        const auto question = parse::parseRows(message.value_or(std::string()));
        if (!question || question->size() != 1)
            return 1;
        std::string answer = parse::packAnswer(answerTo(question->front(), verbs));
        if (answer.size() > parse::kMaxWorkerMessage)
            answer = parse::packAnswer(fail(ErrorCode::TooLarge, "the answer takes more than 16 MiB"));
        answer.insert(0, parse::packSize(answer.size()));
        DWORD written = 0;
        if (::WriteFile(pipe, answer.data(), static_cast<DWORD>(answer.size()), &written, nullptr) == 0)
            return 1;
    }
    return 0; // whoever asked is gone
}

} // namespace sextant::platform

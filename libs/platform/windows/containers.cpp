// SPDX-License-Identifier: GPL-3.0-or-later
// Only Docker tells what its containers use there: a list, and a question for each.
#include "platform/containers.h"

#include "platform/background.h"
#include "platform/container_engine.h"
#include "platform/parse/container_engine.h"

#include <utility>

namespace sextant::platform {
namespace {

using std::chrono::steady_clock;

Result<ContainersReading> askAll(const ContainerEngine& engine)
{
    constexpr std::chrono::seconds kDeadline{10};
    const auto deadline = steady_clock::now() + kDeadline;
    auto list = listContainers(engine, false, deadline);
    if (!list)
        return tl::unexpected(list.error());
    ContainersReading reading;
    for (EngineContainer& one : *list) {
        // one-shot: without waiting for a second reading to compare with; since API 1.41
        auto stats = askEngine(engine, "/containers/" + one.id + "/stats?stream=false&one-shot=true", deadline)
                         .and_then([](const std::string& body) { return parse::parseEngineStats(body); });
        if (!stats && stats.error().code == ErrorCode::NotFound)
            continue; // it was removed meanwhile
        if (!stats) {
            reading.warnings.push_back("some containers are left out: " + stats.error().message);
            break;
        }
        stats->taken = steady_clock::now();
        stats->name = one.name.empty() ? one.id.substr(0, 12) : std::move(one.name);
        stats->id = std::move(one.id);
        stats->runtime = engine.runtime;
        stats->healthy = one.healthy;
        reading.containers.push_back(std::move(*stats));
    }
    return reading;
}

} // namespace

struct ContainersReader::State {
    ContainerEngine engine;
    Background<Result<ContainersReading>> question;
    steady_clock::time_point next{};

    [[nodiscard]] Result<void> ask()
    {
        return question.start([asked = engine] { return askAll(asked); });
    }
};

ContainersReader::ContainersReader(Roots roots) : m_state(std::make_unique<State>())
{
    m_state->engine = containerEngines(roots).front();
}

ContainersReader::~ContainersReader() = default;

/// An answer that takes longer than the patience comes with the next reading.
Result<ContainersReading> ContainersReader::read()
{
    constexpr std::chrono::milliseconds kPatience{80};
    constexpr std::chrono::seconds kPause{60}; ///< after a failure
    State& state = *m_state;
    const auto none = [] { return fail(ErrorCode::NotAvailable, "Docker does not answer here"); };
    const bool late = state.question.isRunning();
    if (!late) {
        if (steady_clock::now() < state.next)
            return none();
        if (const auto asked = state.ask(); !asked)
            return tl::unexpected(asked.error());
    }
    auto answer = state.question.take(kPatience);
    if (!answer)
        return ContainersReading{};
    if (!*answer) {
        state.next = steady_clock::now() + kPause;
        const ErrorCode code = answer->error().code;
        return code == ErrorCode::NotFound || code == ErrorCode::Denied ? none() : std::move(*answer);
    }
    if (late) {
        if (const auto asked = state.ask(); !asked)
            return tl::unexpected(asked.error());
    }
    return std::move(*answer);
}

} // namespace sextant::platform

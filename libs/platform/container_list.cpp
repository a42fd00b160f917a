// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_list.h"

#include "platform/container_engine.h"
#include "platform/container_tree.h"
#include "platform/containers.h"
#include "platform/parse/container_engine.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace sextant::platform {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kDeadline{10}; ///< of one engine, for all questions of a reading
constexpr std::chrono::minutes kOld{10};
constexpr std::size_t kMaxQuestions = 200; ///< after single containers, in a reading

/// What an engine said of one container, and when.
struct Answer {
    parse::EngineDetails details;
    std::string state; ///< as it was listed then
    steady_clock::time_point time;
};

/// Whether the answer may have been overtaken: a restart within a minute would not be seen by the state.
bool isStale(const Answer& answer, const EngineContainer& container, steady_clock::time_point now)
{
    using std::chrono::system_clock;
    const bool young =
        answer.details.started && system_clock::now() - *answer.details.started < std::chrono::minutes(1);
    return answer.state != container.state || young || now - answer.time >= kOld;
}

ListedContainer listed(const EngineContainer& container, const std::string& runtime, const Answer* answer)
{
    ListedContainer one;
    one.id = container.id.substr(0, 12);
    one.name = container.name.empty() ? one.id : container.name;
    one.runtime = runtime;
    one.image = container.image;
    one.state = container.state;
    one.created = container.created;
    if (container.healthy)
        one.health = *container.healthy ? "healthy" : "unhealthy";
    if (answer == nullptr)
        return one;
    one.started = answer->details.started;
    one.restarts = answer->details.restarts;
    one.exitCode = answer->details.exitCode;
    if (one.health.empty())
        one.health = answer->details.health;
    return one;
}

} // namespace

struct ContainerListReader::State {
    Roots roots;
    std::map<std::string, Answer> answers; ///< by id, of the containers that are listed

    /// Asks after single containers: those of whom nothing is known first, then the oldest answers.
    void askEach(const ContainerEngine& engine, const std::vector<EngineContainer>& containers,
        steady_clock::time_point deadline)
    {
        const auto now = steady_clock::now();
        std::vector<std::pair<steady_clock::time_point, const EngineContainer*>> questions;
        for (const EngineContainer& container : containers) {
            const auto answer = answers.find(container.id);
            if (answer == answers.end())
                questions.emplace_back(steady_clock::time_point::min(), &container);
            else if (isStale(answer->second, container, now))
                questions.emplace_back(answer->second.time, &container);
        }
        std::ranges::stable_sort(questions, {}, [](const auto& question) { return question.first; });
        questions.resize(std::min(questions.size(), kMaxQuestions));
        for (const auto& [last, container] : questions) {
            auto details = askEngine(engine, "/containers/" + container->id + "/json", deadline)
                               .and_then([](const std::string& body) { return parse::parseEngineDetails(body); });
            if (details)
                answers.insert_or_assign(
                    container->id, Answer{std::move(*details), container->state, steady_clock::now()});
            else if (details.error().code != ErrorCode::NotFound) // it was removed meanwhile
                return;
        }
    }

    [[nodiscard]] const Answer* answerOf(const std::string& id) const
    {
        const auto answer = answers.find(id);
        return answer == answers.end() ? nullptr : &answer->second;
    }
};

ContainerListReader::ContainerListReader(Roots roots) : m_state(std::make_unique<State>())
{
    m_state->roots = std::move(roots);
}

ContainerListReader::~ContainerListReader() = default;

Result<ContainerListReading> ContainerListReader::read()
{
    State& state = *m_state;
    const FoundContainers found = findContainers(state.roots);
    const auto runs = [&](const std::string& runtime) {
        return std::ranges::any_of(found.containers,
            [&](const FoundContainer& one) { return one.group.runtime == runtime || one.group.runtime == "oci"; });
    };
    ContainerListReading reading;
    std::set<std::string> ids;
    bool answered = false;
    for (const ContainerEngine& engine : containerEngines(state.roots)) {
        const auto deadline = steady_clock::now() + kDeadline;
        const auto containers = listContainers(engine, true, deadline);
        if (!containers) {
            // An engine that nobody uses, or is not there, is no news.
            if (runs(engine.runtime) && containers.error().code != ErrorCode::NotFound)
                reading.warnings.push_back("of the containers of " + engine.runtime +
                                           " only what runs is listed: " + containers.error().message);
            continue;
        }
        answered = true;
        state.askEach(engine, *containers, deadline);
        for (const EngineContainer& container : *containers) {
            if (ids.insert(container.id).second) // Podman's socket may stand in for Docker's, too
                reading.containers.push_back(listed(container, engine.runtime, state.answerOf(container.id)));
        }
    }
    for (const FoundContainer& one : found.containers) {
        if (!ids.insert(one.group.id).second)
            continue;
        ListedContainer container;
        if (parse::isContainerId(one.group.id))
            container.id = one.group.id.substr(0, 12);
        container.name = one.group.name.empty() ? container.id : one.group.name;
        container.runtime = one.group.runtime;
        container.state = "running";
        reading.containers.push_back(std::move(container));
    }
    std::erase_if(state.answers, [&](const auto& answer) { return !ids.contains(answer.first); });
    if (reading.containers.empty() && !answered && reading.warnings.empty())
        return fail(ErrorCode::NotAvailable, "there are no containers, and no engine answers");
    std::ranges::sort(
        reading.containers, {}, [](const ListedContainer& one) { return std::tie(one.runtime, one.name, one.id); });
    return reading;
}

} // namespace sextant::platform

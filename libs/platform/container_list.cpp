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
constexpr std::chrono::seconds kOld{570};     ///< with a reading a minute nothing gets older than ten minutes
constexpr std::size_t kMaxQuestions = 200;    ///< after single containers, in a reading

/// What an engine said of one container, and when.
struct Answer {
    parse::EngineDetails details;
    std::string state; ///< as it was listed then
    steady_clock::time_point time;
};

/// What an engine listed, and when.
struct List {
    std::vector<EngineContainer> containers;
    std::optional<steady_clock::time_point> time; ///< nothing: never, or it failed
    std::vector<std::string> running;             ///< ids, as the kernel told at the last reading
    bool again = false;                           ///< it is to be asked at the next reading, too

    /// Takes what runs now; true when the list may have been overtaken. What just began or ended may not have come to
    /// rest yet, so it is asked again at the reading after.
    bool isOvertakenBy(std::vector<std::string> ids, steady_clock::time_point now)
    {
        const bool wanted = std::exchange(again, ids != running);
        running = std::move(ids);
        const bool none = containers.empty() && running.empty();
        return !time || wanted || again || (!none && now - *time >= kOld);
    }
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
    Clock clock;
    std::map<std::string, List> lists;     ///< by runtime
    std::map<std::string, Answer> answers; ///< by id, of the containers that are listed

    /// Asks after single containers: those of whom nothing is known first, then the oldest answers. False when some
    /// are left.
    bool askEach(const ContainerEngine& engine, const std::vector<EngineContainer>& containers,
        steady_clock::time_point now, steady_clock::time_point deadline)
    {
        std::vector<std::pair<steady_clock::time_point, const EngineContainer*>> questions;
        for (const EngineContainer& container : containers) {
            const auto answer = answers.find(container.id);
            if (answer == answers.end())
                questions.emplace_back(steady_clock::time_point::min(), &container);
            else if (isStale(answer->second, container, now))
                questions.emplace_back(answer->second.time, &container);
        }
        std::ranges::stable_sort(questions, {}, [](const auto& question) { return question.first; });
        const bool all = questions.size() <= kMaxQuestions;
        questions.resize(std::min(questions.size(), kMaxQuestions));
        for (const auto& [last, container] : questions) {
            auto details = askEngine(engine, "/containers/" + container->id + "/json", deadline)
                               .and_then([](const std::string& body) { return parse::parseEngineDetails(body); });
            if (details)
                answers.insert_or_assign(container->id, Answer{std::move(*details), container->state, now});
            else if (details.error().code != ErrorCode::NotFound) // it was removed meanwhile
                return false;
        }
        return all;
    }

    [[nodiscard]] const Answer* answerOf(const std::string& id) const
    {
        const auto answer = answers.find(id);
        return answer == answers.end() ? nullptr : &answer->second;
    }
};

ContainerListReader::ContainerListReader(Roots roots, Clock clock) : m_state(std::make_unique<State>())
{
    m_state->roots = std::move(roots);
    m_state->clock = std::move(clock);
}

ContainerListReader::~ContainerListReader() = default;

Result<ContainerListReading> ContainerListReader::read()
{
    State& state = *m_state;
    const FoundContainers found = findContainers(state.roots);
    ContainerListReading reading;
    std::set<std::string> ids;
    bool answered = false;
    for (const ContainerEngine& engine : containerEngines(state.roots)) {
        const auto now = state.clock();
        List& list = state.lists[engine.runtime];
        if (list.isOvertakenBy(found.idsOf(engine.runtime), now) || !sleeps(engine, state.roots)) {
            const auto deadline = steady_clock::now() + kDeadline;
            list.time.reset();
            auto containers = listContainers(engine, true, deadline);
            if (!containers) {
                // An engine that nobody uses, or is not there, is no news.
                if (!list.running.empty() && containers.error().code != ErrorCode::NotFound)
                    reading.warnings.push_back("of the containers of " + engine.runtime +
                                               " only what runs is listed: " + containers.error().message);
                continue;
            }
            list.containers = std::move(*containers);
            list.time = now;
            if (!state.askEach(engine, list.containers, now, deadline))
                list.again = true;
        }
        answered = true;
        for (const EngineContainer& container : list.containers) {
            if (ids.insert(container.id).second) // a proxy may answer for another's, too
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

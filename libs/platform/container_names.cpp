// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/container_names.h"

#include <algorithm>
#include <utility>

namespace sextant::platform {

ContainerNames::ContainerNames(ContainerEngine engine, Ask ask, Clock clock)
    : m_engine(std::move(engine)), m_ask(std::move(ask)), m_clock(std::move(clock))
{
}

const EngineContainer* ContainerNames::find(const std::string& id) const
{
    const auto found = m_known.find(id);
    return found == m_known.end() ? nullptr : &found->second;
}

bool ContainerNames::waits(const std::string& id, std::uint64_t asked) const
{
    return m_answers && m_answered <= asked && !m_known.contains(id);
}

std::set<std::string> ContainerNames::look(const std::vector<std::string>& ids)
{
    if (auto answer = m_question.take())
        learn(std::move(*answer));
    std::map<std::string, std::uint64_t> unknown;
    for (const std::string& id : ids) {
        if (m_known.contains(id))
            continue;
        const auto before = m_unknown.find(id);
        unknown.emplace(id, before == m_unknown.end() ? m_asked : before->second);
    }
    m_unknown = std::move(unknown);
    const auto now = m_clock();
    const bool wanted =
        std::ranges::any_of(m_unknown, [this](const auto& entry) { return waits(entry.first, entry.second); });
    const std::chrono::seconds refresh = m_engine.onDemand && m_answers ? kRarely : kRefresh;
    const bool due = m_asked == 0 || now >= m_last + (wanted ? kPause : refresh);
    if (!ids.empty() && !m_question.isRunning() && due) {
        m_last = now;
        ask();
        if (auto answer = m_question.take(kPatience))
            learn(std::move(*answer));
    }
    std::set<std::string> waiting;
    for (const auto& [id, asked] : m_unknown) {
        if (waits(id, asked))
            waiting.insert(id);
    }
    return waiting;
}

void ContainerNames::ask()
{
    ++m_asked;
    if (const auto started = m_question.start([engine = m_engine, ask = m_ask] { return ask(engine); }); !started)
        learn(tl::unexpected(started.error()));
}

void ContainerNames::learn(List answer)
{
    m_answered = m_asked;
    m_answers = answer.has_value();
    std::string failure;
    if (answer) {
        m_known.clear();
        for (EngineContainer& container : *answer) {
            std::string id = container.id;
            m_known.insert_or_assign(std::move(id), std::move(container));
        }
    } else if (answer.error().code != ErrorCode::NotFound) { // without the engine's service there is nobody to ask
        failure = "containers of " + m_engine.runtime +
                  " are shown by their ids, for it does not tell their names: " + answer.error().message;
    }
    if (failure != m_failure)
        m_warning = failure;
    m_failure = std::move(failure);
}

std::string ContainerNames::takeWarning()
{
    return std::exchange(m_warning, {});
}

} // namespace sextant::platform

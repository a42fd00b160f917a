// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "platform/background.h"
#include "platform/container_engine.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sextant::platform {

/// What an engine says of the containers that run, by id. It is asked on a thread of its own: when somebody is unknown,
/// but kPause apart, and every kRefresh, or kRarely when the question has to start it. One that does not answer, or not
/// well, is asked at kRefresh only and not waited for. What it said last stays until it says something else. One thread
/// at a time; bounded by kMaxContainers.
class ContainerNames {
public:
    using List = Result<std::vector<EngineContainer>>;
    using Ask = std::function<List(const ContainerEngine&)>;
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    static constexpr std::chrono::seconds kPause{10};
    static constexpr std::chrono::seconds kRefresh{60};
    static constexpr std::chrono::minutes kRarely{10};
    static constexpr std::chrono::milliseconds kPatience{80}; ///< for the answer to a question just asked

    ContainerNames(ContainerEngine engine, Ask ask, Clock clock = std::chrono::steady_clock::now);

    [[nodiscard]] const ContainerEngine& engine() const { return m_engine; }

    /// Null when the engine named none of that id yet.
    [[nodiscard]] const EngineContainer* find(const std::string& id) const;

    /// To be called at each reading with all that may be this engine's. Returns those that may still get a name: the
    /// engine answers, and no question began and ended since they were seen first.
    [[nodiscard]] std::set<std::string> look(const std::vector<std::string>& ids);

    /// A sentence when it begins to fail, or fails in another way; empty otherwise.
    [[nodiscard]] std::string takeWarning();

private:
    [[nodiscard]] bool waits(const std::string& id, std::uint64_t asked) const;
    void ask();
    void learn(List answer);

    ContainerEngine m_engine;
    Ask m_ask;
    Clock m_clock;
    Background<List> m_question;
    std::chrono::steady_clock::time_point m_last{}; ///< when it was asked
    bool m_answers = true;                          ///< or was never asked
    std::uint64_t m_asked = 0;                      ///< questions
    std::uint64_t m_answered = 0;                   ///< the number of the last that ended
    std::map<std::string, std::uint64_t> m_unknown; ///< and how many questions there had been when it was seen first
    std::map<std::string, EngineContainer> m_known;
    std::string m_failure;
    std::string m_warning;
};

} // namespace sextant::platform

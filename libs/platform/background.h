// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace sextant::platform {

/// What takes long, done on a thread of its own, one at a time. Nobody waits for the thread at the end: it keeps alive
/// what it needs, and `work` has to do the same. One thread at a time.
template <typename Answer>
class Background {
public:
    [[nodiscard]] bool isRunning() const { return m_shared != nullptr; }

    /// Starts it; nothing may be running. Busy when the system gives no thread.
    [[nodiscard]] Result<void> start(std::function<Answer()> work)
    {
        auto shared = std::make_shared<Shared>();
        try {
            std::thread([shared, work = std::move(work)] {
                Answer answer = work();
                const std::scoped_lock lock(shared->mutex);
                shared->answer = std::move(answer);
                shared->came.notify_all();
            }).detach();
        } catch (const std::system_error& error) { // the service's limit of tasks
            return fail(ErrorCode::Busy, std::string("the system gives no thread: ") + error.what());
        }
        m_shared = std::move(shared);
        return {};
    }

    /// The answer, once; waits for it that long at most.
    [[nodiscard]] std::optional<Answer> take(std::chrono::milliseconds patience = {})
    {
        if (!m_shared)
            return std::nullopt;
        std::unique_lock lock(m_shared->mutex);
        if (!m_shared->came.wait_for(lock, patience, [this] { return m_shared->answer.has_value(); }))
            return std::nullopt;
        std::optional<Answer> answer = std::move(m_shared->answer);
        lock.unlock();
        m_shared.reset();
        return answer;
    }

private:
    struct Shared {
        std::mutex mutex;
        std::condition_variable came;
        std::optional<Answer> answer;
    };

    std::shared_ptr<Shared> m_shared; ///< null when nothing is under way
};

} // namespace sextant::platform
